import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alignClocks } from '../../../src/correlate/clocks.js'
import type { Manifest } from '../../../src/model/capture.js'
import { orderOf } from '../../../src/model/time.js'
import type { Files } from '../../support/analyze.js'
import { parseFiles } from '../../support/parse.js'
import { fixture, pair } from './noise.js'

const NOON = 1_795_521_600 // 2026-11-24 12:00:00 UTC

/** Captures of files, aligned: what each source says of its clock. */
async function aligned(files: Files, manifest: Partial<Manifest> = {}) {
  const capture = await parseFiles(files)
  Object.assign(capture.manifest, manifest)
  const clocks = alignClocks(capture)
  const alignment = (path: string) => capture.sources.find(s => s.path === path)!.alignment
  /** Capture time of a source's own time, as ns since the epoch of the reference. */
  const epoch = (path: string, ns: number) => {
    const at = clocks.at(path, ns)
    return at === null ? null : clocks.origin! + BigInt(Math.round(at))
  }
  return { capture, clocks, alignment, epoch }
}

const micros = (seconds: number) => String(Math.round(seconds * 1e6))
const entry = (seconds: number, message: string, more: Record<string, string> = {}) =>
  `${JSON.stringify({ __REALTIME_TIMESTAMP: micros(seconds), MESSAGE: message, _TRANSPORT: 'stdout', ...more })}\n`
const written = (time: string, text: string, pid = 77) =>
  `${pid} ${time} write(1<pipe:[9]>, "${text}\\n", 9) = 9 <0.000011>\n`
const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 23).concat('000')

const clocks = suite('one clock')

clocks('a trace in local time without a date gets both from the journal', async () => {
  // The machine is at UTC+5:30, and it is the 24th there.
  let trace = ''
  let journal = ''
  for (let i = 0; i < 12; i++) {
    const at = NOON + i * 1.25
    trace += written(clock(at + 5.5 * 3600), `line ${i}`)
    journal += entry(at + 0.0002, `line ${i}`)
  }
  const { alignment, epoch, capture } = await aligned({ 'trace.txt': trace, 'journal.json': journal })
  assert.match(
    alignment('trace.txt').basis,
    /^local time of UTC\+05:30, by 12 write↔MESSAGE matches with journal\.json/,
  )
  assert.is(epoch('trace.txt', capture.traces[0].firstNs!), BigInt(NOON) * 1_000_000_000n)
})

clocks('a trace of distances is placed by its matches', async () => {
  let trace = ''
  let journal = ''
  for (let i = 0; i < 12; i++) {
    trace += `77 ${i === 0 ? '     0.000000' : '     1.250000'} write(1<pipe:[9]>, "line ${i}\\n", 9) = 9\n`
    journal += entry(NOON + i * 1.25 + 0.0001, `line ${i}`)
  }
  const { alignment, epoch, capture } = await aligned({ 'trace.txt': trace, 'journal.json': journal })
  assert.match(alignment('trace.txt').basis, /^12 write↔MESSAGE matches with journal\.json/)
  const error = Number(epoch('trace.txt', capture.traces[0].firstNs!)! - BigInt(NOON) * 1_000_000_000n)
  assert.ok(Math.abs(error) <= alignment('trace.txt').uncertaintyNs!, `${error} ns`)
})

clocks('a trace of distances without matches has no place, and says why', async () => {
  const { alignment, clocks: c } = await aligned({
    'trace.txt': '77      0.000000 write(1<pipe:[9]>, "one\\n", 4) = 4\n77      0.100000 close(3) = 0\n',
    'journal.json': entry(NOON, 'two'),
  })
  assert.is(alignment('trace.txt').offsetNs, null)
  assert.is(alignment('trace.txt').basis, 'not aligned: no common texts')
  assert.is(c.at('trace.txt', 0), null)
})

clocks(
  'texts that strace cut match by their beginning; escapes, level prefixes and blanks at the end do not matter',
  async () => {
    let trace = ''
    let journal = ''
    for (let i = 0; i < 6; i++) {
      const at = NOON + i * 1.1
      trace += `77 ${at.toFixed(6)} write(1<pipe:[9]>, "<3>gr\\303\\274n ${i} ${'x'.repeat(20)}"..., 90) = 90 <0.000011>\n`
      trace += `77 ${(at + 0.5).toFixed(6)} writev(2<pipe:[9]>, [{iov_base="two ${i}  \\n", iov_len=7}, {iov_base="three ${i}\\n\\n", iov_len=9}], 2) = 16 <0.000011>\n`
      journal += entry(at + 7200.0001, `grün ${i} ${'x'.repeat(20)} and the rest of it`)
      journal += entry(at + 7200.5001, `two ${i}`) + entry(at + 7200.5001, `three ${i}`)
    }
    const { alignment } = await aligned({ 'trace.txt': trace, 'journal.json': journal })
    assert.match(alignment('journal.json').basis, /^18 write↔MESSAGE matches with trace\.txt: its clock is 2 h ahead/)
    assert.ok(Math.abs(alignment('journal.json').offsetNs! - 7200e9) < 1e6)
  },
)

clocks('another run of the same program prints the same texts: its entries move no clock', async () => {
  let trace = ''
  let journal = ''
  for (let i = 0; i < 12; i++) {
    trace += written((NOON + i).toFixed(6), `line ${i}`, 77)
    journal += entry(NOON - 31 + i + 0.0001, `line ${i}`, { _PID: '55' })
  }
  const other = await aligned({ 'trace.txt': trace, 'journal.json': journal })
  assert.is(other.alignment('journal.json').offsetNs, 0)
  assert.match(other.alignment('journal.json').basis, /^same clock \(CLOCK_REALTIME\)/)
  const same = await aligned({ 'trace.txt': trace, 'journal.json': journal.replaceAll('"55"', '"77"') })
  assert.match(
    same.alignment('journal.json').basis,
    /^12 write↔MESSAGE matches with trace\.txt: its clock is 31 s behind/,
  )
})

clocks('one line printed over and over settles nothing', async () => {
  let trace = ''
  let journal = ''
  for (let i = 0; i < 200; i++) {
    trace += written((NOON + i).toFixed(6), 'tick')
    journal += entry(NOON + 37 + i + 0.0001, 'tick')
  }
  const { alignment } = await aligned({ 'trace.txt': trace, 'journal.json': journal })
  assert.is(alignment('journal.json').offsetNs, 0)
  assert.match(alignment('journal.json').basis, /^same clock \(CLOCK_REALTIME\).*not enough to check it/)
})

clocks('the manifest and the command line overrule everything', async () => {
  const capture = await pair('chatty')
  capture.manifest.offsets = { 'journal.json': -12.5 }
  alignClocks(capture)
  const { alignment } = capture.sources.find(s => s.path === 'journal.json')!
  assert.is(alignment.offsetNs, 12.5e9)
  assert.is(alignment.basis, 'stated: -12.5 s added')
})

clocks('the manifest gives zone and date to a local time', async () => {
  const { epoch, capture } = await aligned(
    { 'trace.txt': written('13:00:00.000000', 'one') + written('13:00:01.000000', 'two') },
    { zoneMinutes: 60, date: '2026-11-24' },
  )
  assert.is(epoch('trace.txt', capture.traces[0].firstNs!), BigInt(NOON) * 1_000_000_000n)
})

clocks('a stated zone is enough where only the year is missing', async () => {
  const { epoch, alignment } = await aligned(
    { 'strace.txt': DEATH, 'journal.txt': 'Nov 24 13:10:00 vm systemd[1]: Started app.service - App.\n' },
    { zoneMinutes: 60 },
  )
  assert.match(alignment('journal.txt').basis, /^local time of UTC\+01:00, on the day that is nearest/)
  assert.is(epoch('journal.txt', 0), BigInt(NOON + 600) * 1_000_000_000n)
})

clocks('a local time alone keeps its own clock', async () => {
  const { epoch, alignment, capture } = await aligned({ 'trace.txt': written('13:00:00.000000', 'one') })
  assert.is(epoch('trace.txt', capture.traces[0].firstNs!), 13n * 3600n * 1_000_000_000n)
  assert.is(alignment('trace.txt').basis, 'the reference: local time without a date')
})

clocks('times since boot come by way of a journal that has both clocks, on either side of a step', async () => {
  const boot = { _BOOT_ID: 'c5b69120e9644fb3befc749d8d236474' }
  const both = (seconds: number, since: number, text: string) =>
    entry(seconds, text, { ...boot, __MONOTONIC_TIMESTAMP: micros(since), _TRANSPORT: 'journal' })
  const { epoch, alignment, capture } = await aligned({
    'journal.json':
      both(NOON, 100, 'a') + both(NOON + 10, 110, 'b') + both(NOON + 3620, 120, 'c') + both(NOON + 3630, 130, 'd'),
    'dmesg.txt': '[  105.000000] x[7]: segfault at 0 ip 0000 sp 0000 error 4 in x[1+1]\n[  125.000000] y: z\n',
  })
  assert.match(alignment('dmesg.txt').basis, /^time since boot, by 4 moments read on both clocks/)
  assert.is(epoch('dmesg.txt', 0), BigInt(NOON + 5) * 1_000_000_000n)
  assert.is(epoch('dmesg.txt', 20e9), BigInt(NOON + 3625) * 1_000_000_000n)
  const [step] = capture.diagnostics.list().filter(d => d.code === 'clock.step')
  assert.match(step.text, /jumped forward by 1 h/)
  assert.is(step.first.line, 3)
})

/** Requests that pass through three hosts, each with a clock of its own. */
function hosts(skew: Record<string, number>, id: (i: number) => string): Files {
  const files: Record<string, string> = { 'a.json': '', 'b.json': '', 'c.json': '' }
  for (let i = 0; i < 12; i++) {
    const at = NOON + i * 7.3
    const log = (host: string, after: number, text: string) => {
      const own = { _HOSTNAME: host, _BOOT_ID: host.repeat(32), __MONOTONIC_TIMESTAMP: micros(50 + at - NOON + after) }
      files[`${host}.json`] += entry(at + after + skew[host], text, own)
    }
    log('a', 0, `accepted request ${id(i)} from client`)
    log('b', 0.02, `forwarding ${id(i)} to backend`)
    log('c', 0.05, `served ${id(i)} in 3 ms`)
  }
  return files
}

clocks('three hosts an hour apart come out in the right order, by the requests that all of them logged', async () => {
  for (const skew of [
    { a: 0, b: 3600, c: -3600 },
    { a: 7200.25, b: 0, c: 3600 },
  ]) {
    const { capture, clocks: c, alignment } = await aligned(hosts(skew, i => `req-${4711 + i * 97}`))
    const all = capture.journals
      .flatMap(j => j.entries.map(e => ({ source: j.source, ns: c.at(j.source, e.ns)!, message: e.message! })))
      .sort((x, y) => x.ns - y.ns)
    for (let i = 0; i < 12; i++) {
      const three = all.slice(3 * i, 3 * i + 3).map(e => /req-\d+/.exec(e.message)?.[0])
      assert.equal(three, Array(3).fill(`req-${4711 + i * 97}`), `request ${i}`)
    }
    // Requests lie 7 s apart: that order is sure. Within one request nothing orders the hosts but cause.
    const [first, second] = [all[0], all[3]]
    assert.is(c.uncertainty('b.json') !== null && orderOf(first, second, c.uncertainty), -1)
    assert.match(alignment('b.json').basis + alignment('c.json').basis, /tokens that both hosts logged/)
  }
})

clocks('hosts in one merged journal are set against each other too', async () => {
  const files = hosts({ a: 0, b: 3600, c: -3600 }, i => `req-${4711 + i * 97}`)
  const merged = Object.values(files)
    .flatMap(text => (text as string).trim().split('\n'))
    .sort()
    .join('\n')
  const { capture } = await aligned({ 'merged.json': merged })
  const order = capture.journals[0].entries
    .toSorted((x, y) => x.ns! - y.ns!)
    .map(e => Number(/req-(\d+)/.exec(e.message!)![1]))
  assert.equal(
    order,
    order.toSorted((x, y) => x - y),
  )
  assert.is(capture.diagnostics.list().find(d => d.code === 'clock.host-moved')?.count, 2)
})

clocks('hosts that have logged nothing in common are not put into an order', async () => {
  let n = 0
  const { alignment } = await aligned(hosts({ a: 0, b: 3600, c: -3600 }, () => `req-${4711 + n++ * 97}`))
  assert.is(alignment('b.json').offsetNs, null)
  assert.is(alignment('c.json').offsetNs, null)
  assert.match(alignment('b.json').basis, /^not aligned: /)
})

clocks('machines that start alike are not set against each other by their start', async () => {
  const start = (host: string, at: number) =>
    Array.from({ length: 30 }, (_, i) =>
      entry(at + i * 0.37, `pci 0000:00:1f.${i}: BAR 4: [mem 0xfee0${i}000-0xfee0ffff] v6.18.${i}`, {
        _HOSTNAME: host,
        _BOOT_ID: host.repeat(32),
        _TRANSPORT: i % 2 ? 'kernel' : 'journal',
        SYSLOG_IDENTIFIER: i % 2 ? 'kernel' : 'systemd-udevd',
      }),
    ).join('')
  const { alignment } = await aligned({ 'a.json': start('a', NOON), 'b.json': start('b', NOON + 2220) })
  assert.is(alignment('b.json').offsetNs, null)
})

clocks(
  'journals of one boot lie to each other as their times since boot do, whatever their clocks were set to',
  async () => {
    const boot = { _BOOT_ID: 'c5b69120e9644fb3befc749d8d236474' }
    const of = (skew: number, name: string) =>
      [0, 3, 9]
        .map(s => entry(NOON + s + skew, `${name} ${s}`, { ...boot, __MONOTONIC_TIMESTAMP: micros(500 + s) }))
        .join('')
    const { alignment } = await aligned({ 'a.json': of(0, 'a'), 'b.json': of(3600, 'b') })
    assert.is(alignment('b.json').offsetNs, 3600e9)
    assert.match(alignment('b.json').basis, /^same boot, by 3 times since boot/)
  },
)

clocks('of three hosts, a trace belongs to the one whose journal has what it wrote', async () => {
  const capture = await parseFiles({
    'strace.txt': fixture('strace-chatty.txt'),
    'a.json': fixture('journal-chatty.json'),
    ...(({ 'b.json': b, 'c.json': c }) => ({ 'b.json': b, 'c.json': c }))(hosts({ a: 0, b: 3600, c: 0 }, i => `x${i}`)),
  } as Files)
  alignClocks(capture)
  const basis = (path: string) => capture.sources.find(s => s.path === path)!.alignment.basis
  assert.match(basis('a.json'), /write↔MESSAGE matches with strace\.txt/)
  assert.match(basis('b.json'), /^not aligned/)
})

clocks('what lies far from everything and matches nothing is not placed', async () => {
  const { alignment } = await aligned({
    'strace.txt': fixture('strace-chatty.txt'),
    'journal.json': entry(NOON - 86_400, 'one') + entry(NOON - 86_000, 'two'),
  })
  assert.match(alignment('journal.json').basis, /^not aligned: no common texts, and its times lie /)
})

const DEATH =
  `77 ${NOON}.000000 read(0</dev/null>, "", 1) = 0 <0.000010>\n` +
  `77 ${NOON + 7000}.250000 +++ killed by SIGKILL +++\n`
const ofSystemd = {
  _PID: '1',
  _COMM: 'systemd',
  SYSLOG_IDENTIFIER: 'systemd',
  _TRANSPORT: 'journal',
  UNIT: 'app.service',
}
const killing = (seconds: number) =>
  entry(seconds, 'app.service: Killing process 77 (app) with signal SIGKILL.', ofSystemd)

clocks('effects do not come before their causes: a shared clock that would have it so is refused', async () => {
  const right = await aligned({ 'strace.txt': DEATH, 'journal.json': killing(NOON + 7000.2495) })
  assert.match(right.alignment('journal.json').basis, /^same clock/)
  const wrong = await aligned({ 'strace.txt': DEATH, 'journal.json': entry(NOON + 10, 'x') + killing(NOON + 7060) })
  assert.match(
    wrong.alignment('journal.json').basis,
    /^not aligned: a shared clock would put effects 59\.\d s before their causes/,
  )
})

clocks('a journal in local time without matches gets the zone in which it tells of the death', async () => {
  const short = (time: string, text: string) => `Nov 24 ${time} vm systemd[1]: ${text}\n`
  // The trace lasts nearly two hours: several zones make the times meet, one makes sense.
  const { alignment, epoch } = await aligned({
    'strace.txt': DEATH,
    'journal.txt':
      short('14:30:00', 'Started app.service - App.') +
      short('14:56:40', 'app.service: Main process exited, code=killed, status=9/KILL'),
  })
  assert.match(alignment('journal.txt').basis, /^local time, taken as UTC\+01:00: where the same death is told of/)
  assert.is(epoch('journal.txt', 0), BigInt(NOON + 5400) * 1_000_000_000n)
})

clocks('moments whose intervals overlap have no order', () => {
  const uncertainty = (source: string) => ({ a: 5, b: 10, c: null })[source] ?? null
  assert.is(orderOf({ source: 'a', ns: 100 }, { source: 'b', ns: 116 }, uncertainty), -1)
  assert.is(orderOf({ source: 'b', ns: 116 }, { source: 'a', ns: 100 }, uncertainty), 1)
  assert.is(orderOf({ source: 'a', ns: 100 }, { source: 'b', ns: 115 }, uncertainty), 0)
  assert.is(orderOf({ source: 'a', ns: 100 }, { source: 'a', ns: 101 }, uncertainty), -1)
  assert.is(orderOf({ source: 'a', ns: 100 }, { source: 'c', ns: 1e9 }, uncertainty), 0)
})

clocks.run()
