/** One program under many option sets: what is kept says the same each time. The runs differ in pids, not in events. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TraceEvent } from '../../../src/model/trace.js'
import { captureOf, eventsOf, fixture, traceOf } from './support.js'

const options = suite('strace: option sets')

/** A parent that signals its child four times, and what came of it; calls that only some option sets decode differ. */
const STORY = [
  'P execve = 0',
  'P clone = C',
  'P kill(C, 0) = 0',
  'P kill(C, SIGTERM) = 0',
  'C pause ERESTARTNOHAND',
  'C --- SIGTERM SI_USER P',
  'C write(1, "got\\n", 4) = 4',
  'C rt_sigreturn EINTR',
  'C pause died',
  'P kill(C, SIGKILL) = 0',
  'C +++ killed SIGKILL',
  'P --- SIGCHLD CLD_KILLED C',
  'P kill(C, SIGTERM) = -1 ESRCH',
  'P exit_group died',
  'P +++ exited 0',
]

/** The events that matter, with the pids of the run replaced. Lines of one thread in order, P's calls before C's deeds. */
function storyOf(events: readonly TraceEvent[]): string[] {
  const parent = events.find(e => e.type === 'call')?.tid ?? 0
  const birth = events.find(e => e.type === 'call' && e.name === 'clone')
  const child = birth?.type === 'call' ? birth.ret : null
  const name = (tid: number | null | undefined) => (tid === parent ? 'P' : tid === child ? 'C' : String(tid))
  const out: string[] = []
  for (const e of events) {
    const who = name(e.tid)
    if (e.type === 'signal') out.push(`${who} --- ${e.signal} ${e.info.code} ${name(e.info.pid)}`)
    else if (e.type === 'exit') out.push(`${who} +++ ${e.how} ${e.signal ?? e.code}`)
    else if (e.type === 'call') {
      if (e.name === 'kill') {
        const [pid, signal] = e.args.split(', ')
        out.push(
          `${who} kill(${name(Number(pid.replace(/<.*/, '')))}, ${signal}) = ${e.ret}${e.error ? ` ${e.error}` : ''}`,
        )
      } else if (e.name === 'clone') out.push(`${who} clone = ${name(e.ret)}`)
      else if (e.name === 'execve') out.push(`${who} execve = ${e.ret}`)
      else if (e.name === 'pause' || e.name === 'exit_group') out.push(`${who} ${e.name} ${e.error ?? e.state}`)
      else if (e.name === 'rt_sigreturn') out.push(`${who} rt_sigreturn ${e.error}`)
      else if (e.name === 'write' && e.args.startsWith('1')) out.push(`${who} write(${e.args}) = ${e.ret}`)
    }
  }
  return out.sort()
}

for (const set of [
  'f_t',
  'f_tt',
  'f_ttt',
  'f_r',
  'f_r_tt',
  'f_abs_ms',
  'f_abs_ns',
  'f_i_n',
  'f_C',
  'f_d',
  'f_pipe',
  'f_z_tt',
])
  options(`-${set}`, async () => {
    const story = storyOf(await eventsOf(fixture(`options/01-${set}.log`)))
    // -z leaves out what failed or did not return.
    const told = set === 'f_z_tt' ? STORY.filter(l => !/ERESTART|died|ESRCH|EINTR/.test(l)) : STORY
    assert.equal(story, [...told].sort())
  })

for (const version of ['4.26', '6.8', '7.2'])
  options(`strace ${version}`, async () => {
    const told = STORY.map(l => l.replace('write(1,', 'write(1</dev/null<char 1:3>>,'))
    assert.equal(storyOf(await eventsOf(fixture(`versions/01-${version}.log`))), told.sort())
  })

options('a captured stderr, where pids come and go', async () => {
  const trace = await traceOf(fixture('options/01-stderr.txt'))
  assert.equal(storyOf([...trace.events]), [...STORY].sort())
  assert.ok(trace.options.follow)
})

options('stack traces stand below the lines and are none', async () => {
  const { traces, sources, diagnostics } = await captureOf({ 'k.log': fixture('options/01-f_k.log') })
  assert.is([...traces[0].events].filter(e => e.type === 'call' && e.name === 'kill').length, 4)
  assert.equal(
    diagnostics.list().filter(d => d.severity === 'loss'),
    [],
  )
  assert.ok(sources[0].records < 40)
})

options('-xx -Y: names and strings in hex', async () => {
  const events = await eventsOf(fixture('options/01-f_xx.log'))
  const kill = events.find(e => e.type === 'call' && e.name === 'kill')
  assert.is(kill?.comm, '01_kill_basic')
  assert.is(events.filter(e => e.type === 'signal').length, 2)
})

options('-e raw=all: numbers all the same', async () => {
  const events = await eventsOf(fixture('options/01-f_raw.log'))
  const kills = events.filter(e => e.type === 'call' && e.name === 'kill')
  assert.equal(
    kills.map(e => (e.type === 'call' ? [e.args.split(', ')[1], e.ret] : [])),
    [
      ['0', 0],
      ['0xf', 0],
      ['0x9', 0],
      ['0xf', -1],
    ],
  )
})

const clocks: [string, string, bigint | null, number][] = [
  ['f_ttt', 'realtime', 1795478783n, 1e3],
  ['f_abs_ns', 'realtime', 1795478783n, 1],
  ['f_tt', 'wall', 383n, 1e3],
  ['f_t', 'wall', 383n, 1e9],
  ['f_abs_ms', 'wall', 383n, 1e6],
  ['f_r', 'relative', 0n, 1e3],
  ['f_C', 'none', null, 0],
]
for (const [set, domain, base, resolution] of clocks)
  options(`the clock of -${set}`, async () => {
    const { sources, traces } = await captureOf({ 'x.log': fixture(`options/01-${set}.log`) })
    const { clock } = sources[0]
    assert.is(clock.domain, domain)
    assert.is(clock.base, base === null ? null : base * 1_000_000_000n)
    assert.is(clock.resolutionNs, resolution)
    assert.is(traces[0].firstNs === null, domain === 'none')
    assert.is(traces[0].options.absoluteTime, domain === 'realtime' || domain === 'wall')
  })

options('relative times add up', async () => {
  const text = '7      0.000000 brk(NULL) = 1\n7      0.500000 kill(1, 0) = 0\n7      0.250000 kill(1, 0) = 0\n'
  assert.equal(
    (await eventsOf(text)).map(e => e.ns),
    [500e6, 750e6],
  )
})

options('a time of day goes on after midnight', async () => {
  const text = '7 23:59:59.900000 kill(1, 0) = 0\n7 00:00:00.100000 kill(1, 0) = 0\n'
  const [before, after] = await eventsOf(text)
  assert.is(after.ns! - before.ns!, 200e6)
})

options('durations end calls', async () => {
  const [one] = await eventsOf('7 1795478504.000000 kill(1, 0) = 0 <0.000250>\n')
  assert.ok(one.type === 'call')
  assert.is(one.endNs! - one.ns!, 250e3)
})

options('how strings were cut', async () => {
  const text = '7 write(1, "12345678"..., 20) = 20\n7 write(1, "a\\1\\"b\\n78"..., 20) = 20\n'
  assert.is((await traceOf(text)).options.stringLimit, 8)
})

options.run()
