/** The text modes: what stands between entries, other hands than journalctl's, times with parts missing. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Capture } from '../../../src/model/capture.js'
import { parseFiles } from '../../support/parse.js'

const read = (text: string, name = 'journal'): Promise<Capture> => parseFiles({ [name]: text })
const messages = (capture: Capture) => capture.journals[0]?.entries.map(e => e.message) ?? []
const codes = (capture: Capture) => capture.diagnostics.list().map(d => `${d.code} ${d.count}`)
const day = (capture: Capture) => new Date(Number(capture.sources[0].clock.base! / 1_000_000n)).toISOString()

const between = suite('what stands between entries')
between('headers, boots, hints and catalog texts are no entries', async () => {
  const capture = await read(
    'Hint: You are currently not seeing messages from other users and the system.\n' +
      '      Users in groups adm, systemd-journal can see all messages.\n' +
      '-- Journal begins at Mon 2026-11-23 23:53:33 UTC, ends at Tue 2026-11-24 00:52:03 UTC. --\n' +
      'Nov 23 23:59:59 vm systemd[1]: a.service: Deactivated successfully.\n' +
      '░░ Subject: Unit succeeded\n░░ \n' +
      '-- Boot c5b69120e9644fb3befc749d8d236474 --\n' +
      'Nov 24 00:13:30 vm chatty[7]: hello\n' +
      '-- Reboot --\n' +
      'Nov 24 00:14:30 vm chatty[8]: again\n' +
      '-- cursor: s=1;i=2\n',
  )
  assert.equal(messages(capture), ['a.service: Deactivated successfully.', 'hello', 'again'])
  assert.equal(codes(capture), [])
  // The header gives the year and the zone that the lines do not.
  assert.equal(
    [capture.sources[0].clock.domain, capture.sources[0].clock.missing, day(capture)],
    ['realtime', undefined, '2026-11-23T23:59:59.000Z'],
  )
  assert.equal(
    capture.journals[0].entries.map(e => e.bootId),
    [null, 'c5b69120e9644fb3befc749d8d236474', null],
  )
})
between('an empty journal is a journal', async () => {
  const capture = await read('-- No entries --\n')
  assert.equal([capture.sources[0].kind, capture.sources[0].records], ['journald', 0])
})
between('a message of several lines, one of them empty', async () => {
  const capture = await read(readFileSync('test/fixtures/journald/coredump.short', 'utf8'))
  const [first, second] = messages(capture)
  assert.match(
    first!,
    /^Process 1784 \(chatty\) of user 0 dumped core\.\n\nModule chatty without build-id\.\nStack trace of thread 1784:\n#0 {2}0x/,
  )
  assert.match(second!, /^Process 1809 /)
})
between('lines that belong to no entry are counted, with the first place', async () => {
  const entry = 'Nov 24 00:13:30 vm chatty[7]: hello\n'
  const capture = await read(`${entry.repeat(9)}what is this\nand this\n${entry}`)
  assert.equal(codes(capture), ['journald.stray-line 2'])
  assert.equal(capture.diagnostics.list()[0].first, { source: 'journal', line: 10 })
})
between.run()

const hands = suite('other hands than journalctl')
hands('--no-hostname', async () => {
  const capture = await read(
    'Nov 24 00:13:30 systemd[1]: Started a.service - A.\nNov 24 00:13:30 kernel: Linux version 6\nNov 24 00:13:31 unknown: x\n',
  )
  assert.equal(
    capture.journals[0].entries.map(e => [e.host, e.identifier, e.pid, e.message]),
    [
      [null, 'systemd', 1, 'Started a.service - A.'],
      [null, 'kernel', null, 'Linux version 6'],
      [null, 'unknown', null, 'x'],
    ],
  )
})
hands('identifiers with odd letters', async () => {
  const capture = await read(
    'Nov 24 00:13:30 vm (prog)[448]: a\nNov 24 00:13:30 vm /usr/sbin/cron[5]: b\nNov 24 00:13:30 vm dbus-:1.2-org.x@0.service[9]: c: d\n',
  )
  assert.equal(
    capture.journals[0].entries.map(e => [e.identifier, e.message]),
    [
      ['(prog)', 'a'],
      ['/usr/sbin/cron', 'b'],
      ['dbus-:1.2-org.x@0.service', 'c: d'],
    ],
  )
})
hands('syslog files: days without a zero, priorities, RFC 3339 and RFC 5424', async () => {
  const old = await read(
    '<30>Nov  4 00:13:30 vm sshd[5]: a\nNov  4 00:13:31 vm kernel: [  12.345678] prog[9]: segfault at 0 ip 00 sp 00 error 4 in prog[0+1]\n',
  )
  assert.equal([day(old), messages(old)[0]], ['1972-11-04T00:13:30.000Z', 'a'])
  assert.equal(
    old.lifecycle.map(e => [e.kind, e.pid]),
    [['segfault', 9]],
  )
  const iso = await read('2026-11-24T01:13:30.018045+01:00 vm sshd[5]: a\n2026-11-24T00:13:31.018045Z vm sshd[5]: b\n')
  assert.equal([day(iso), iso.journals[0].entries[1].ns], ['2026-11-24T00:13:30.018Z', 1e9])
  const five = await read(
    '<34>1 2026-11-24T00:13:30.018045Z host.example app 123 ID47 [x@1 a="]"] \ufeffit works\n<34>1 2026-11-24T00:13:31Z host.example app - - - b\n',
  )
  assert.equal(
    five.journals[0].entries.map(e => [e.host, e.identifier, e.pid]),
    [
      ['host.example', 'app', 123],
      ['host.example', 'app', null],
    ],
  )
})
hands('dmesg: plain, with the caller, -T, -H, -x, iso and --json', async () => {
  const segv = 'prog[9]: segfault at 0 ip 00 sp 00 error 4 in prog[0+1]'
  const forms: [string, string, string | null][] = [
    [`[    0.000000] Linux version 6.18\n[ 3541.749542] ${segv}\n`, 'monotonic', null],
    [`[    0.000000][    T0] Linux version 6.18\n[ 3541.749542][ T1234] ${segv}\n`, 'monotonic', null],
    [
      `[Tue Nov 24 00:13:29 2026] Linux version 6.18\n[Tue Nov 24 00:13:30 2026] ${segv}\n`,
      'wall',
      '2026-11-24T00:13:29.000Z',
    ],
    [`[Nov24 00:13] Linux version 6.18\n[  +0.749542] ${segv}\n`, 'wall', '1972-11-24T00:13:00.000Z'],
    [`kern  :notice: [    0.000000] Linux version 6.18\nkern  :info  : [ 3541.749542] ${segv}\n`, 'monotonic', null],
    [
      `2026-11-24T00:13:29,018045+00:00 Linux version 6.18\n2026-11-24T00:13:30,018045+00:00 ${segv}\n`,
      'realtime',
      '2026-11-24T00:13:29.018Z',
    ],
    [
      `{\n   "dmesg": [\n      {\n         "pri": 6,\n         "time": 3541.749542,\n         "msg": "${segv}"\n      }\n   ]\n}\n`,
      'monotonic',
      null,
    ],
  ]
  for (const [text, domain, date] of forms) {
    const capture = await read(text, 'dmesg.txt')
    assert.equal([capture.sources[0].kind, capture.sources[0].clock.domain], ['journald', domain], text)
    assert.equal(
      capture.lifecycle.map(e => [e.kind, e.pid, e.comm]),
      [['segfault', 9, 'prog']],
      text,
    )
    assert.equal(codes(capture), [], text)
    if (date !== null) assert.is(day(capture), date)
  }
})
hands('other logs are left to others', async () => {
  for (const text of [
    '2026/11/24 00:13:30 main.go:7: hello\n2026/11/24 00:13:31 main.go:7: hello\n',
    '1795476836.018129 write(1, "a: b", 4) = 4\n1795476836.018229 write(1, "c: d", 4) = 4\n',
    '00:13:30 write(1, "a", 1) = 1\n',
    '{"level":"info","msg":"hello"}\n{"level":"info","msg":"bye"}\n',
    '2026-11-24T00:13:30.018Z stderr F goroutine 1 [running]:\n2026-11-24T00:13:30.018Z stderr F main.main()\n',
  ])
    assert.is.not((await read(text)).sources[0].kind, 'journald', text)
})
hands.run()

const times = suite('times of text modes')
times('a zone that has several meanings is not guessed', async () => {
  const utc = await read('Tue 2026-11-24 00:13:30 CET vm systemd[1]: a\n')
  assert.equal([utc.sources[0].clock.domain, day(utc)], ['realtime', '2026-11-23T23:13:30.000Z'])
  const cst = await read('Tue 2026-11-24 00:13:30 CST vm systemd[1]: a\n')
  assert.equal(
    [cst.sources[0].clock.domain, cst.sources[0].clock.missing, cst.sources[0].about.zone],
    ['wall', undefined, 'CST'],
  )
})
times('a year ends within the journal', async () => {
  const capture = await read('Dec 31 23:59:59 vm a[1]: x\nJan 01 00:00:01 vm a[1]: y\n')
  assert.equal(
    capture.journals[0].entries.map(e => e.ns),
    [0, 2e9],
  )
})
times('seconds since another boot are no times', async () => {
  const capture = await read(
    '[  100.000000] vm systemd[1]: Started a.service - A.\n-- Boot c5b69120e9644fb3befc749d8d236474 --\n' +
      '[    5.000000] vm systemd[1]: Started a.service - A.\n[    6.000000] vm kernel: x\n',
  )
  assert.equal(
    capture.journals[0].entries.map(e => e.ns === null),
    [true, false, false],
  )
  assert.equal(
    capture.lifecycle.map(e => e.ns === null),
    [true, false],
  )
  assert.equal(codes(capture), ['journald.other-boots 1'])
  assert.is(capture.sources[0].clock.bootId, 'c5b69120e9644fb3befc749d8d236474')
})
times('a sending time of a client that is hours off is not used', async () => {
  const fields = { _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795479210000000', MESSAGE: 'x', _TRANSPORT: 'syslog' }
  const capture = await read(
    [
      { ...fields },
      { ...fields, _SOURCE_REALTIME_TIMESTAMP: '1795479209900000' },
      { ...fields, _SOURCE_REALTIME_TIMESTAMP: '1695479210000000' },
    ]
      .map(f => `${JSON.stringify(f)}\n`)
      .join(''),
  )
  assert.equal(
    capture.journals[0].entries.map(e => [e.ns, e.receivedNs]),
    [
      [0, 0],
      [-100e6, 0],
      [0, 0],
    ],
  )
})
times.run()
