/** systemctl status and coredumpctl: facts, last lines of the journal, cores. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settingOf } from '../../../src/model/unit-settings.js'
import { parseFiles } from '../../support/parse.js'

const fixture = (name: string) => readFileSync(`test/fixtures/journald/${name}`, 'utf8')

const status = suite('systemctl status')
status('several units: their facts, and their last lines as entries', async () => {
  const capture = await parseFiles({ 'status.txt': fixture('systemctl_status.txt') })
  assert.is(capture.sources[0].kind, 'systemd')
  assert.equal(
    capture.units.map(u => u.unit),
    ['fifo-oneshot.service', 'stopto.service', 'segv.service', 'wdgo.service', 'flap.service'],
  )
  assert.is(capture.journals[0].entries.length, 40)
  const killed = capture.lifecycle.find(e => e.kind === 'killing')!
  assert.equal([killed.unit, killed.pid, killed.signal, killed.refs[0].line], ['stopto.service', 482, 'SIGKILL', 22])
  assert.equal(capture.diagnostics.list(), [])
})
status('a death by SIGPIPE that only the state tells, with its date and zone', async () => {
  const text =
    '○ ingest.service - Ingest\n     Loaded: loaded (/etc/systemd/system/ingest.service; enabled; preset: enabled)\n    Drop-In: /etc/systemd/system/ingest.service.d\n             └─override.conf\n' +
    '     Active: inactive (dead) since Tue 2026-11-24 00:12:40 UTC; 5min ago\n   Duration: 1min 2s\n    Process: 1305 ExecStart=/usr/bin/ingest --fast (code=killed, signal=PIPE)\n   Main PID: 1305 (code=killed, signal=PIPE)\n        CPU: 31ms\n\n' +
    'Nov 24 00:11:38 vm systemd[1]: Started ingest.service - Ingest.\nNov 24 00:12:40 vm systemd[1]: ingest.service: Deactivated successfully.\nHint: Some lines were ellipsized, use -l to show in full.\n'
  const capture = await parseFiles({ 'status.txt': text })
  const [unit] = capture.units
  assert.equal(
    [
      'FragmentPath',
      'ActiveState',
      'SubState',
      'ExecMainPID',
      'ExecMainCode',
      'ExecMainStatus',
      'ExecStart',
      'DropInPaths',
    ].map(k => settingOf(unit, k)?.value),
    [
      '/etc/systemd/system/ingest.service',
      'inactive',
      'dead',
      '1305',
      'killed',
      'PIPE',
      '/usr/bin/ingest --fast',
      'override.conf',
    ],
  )
  assert.equal(
    capture.lifecycle.map(e => [e.kind, e.pid, e.signal]),
    [
      ['process-exited', 1305, 'SIGPIPE'],
      ['started', null, null],
      ['deactivated', null, null],
    ],
  )
  const { clock } = capture.sources[0]
  // `since` gives the year and the zone that the lines of the journal lack.
  assert.equal([clock.domain, clock.missing], ['realtime', undefined])
  const dates = capture.lifecycle.map(e =>
    e.ns === null ? null : new Date(Number(clock.base! + BigInt(e.ns)) / 1e6).toISOString(),
  )
  assert.equal(dates, ['2026-11-24T00:12:40.000Z', '2026-11-24T00:11:38.000Z', '2026-11-24T00:12:40.000Z'])
})
status.run()

const cores = suite('coredumpctl')
cores('info: process, signal, unit, thread and top frame', async () => {
  const capture = await parseFiles({ 'info.txt': fixture('coredumpctl_info_chatty.txt') })
  const [event] = capture.lifecycle
  assert.equal(
    [event.kind, event.pid, event.comm, event.signal, event.unit],
    ['coredump', 1784, 'chatty', 'SIGSEGV', 'coreme.service'],
  )
  assert.equal([event.detail.thread, event.detail.top, event.detail.storage], ['1784', 'runtime.futex.abi0', 'present'])
  assert.match(event.detail.core, /^\/var\/lib\/systemd\/coredump\/core\.chatty/)
  assert.is(new Date(Number(capture.sources[0].clock.base! / 1_000_000n)).toISOString(), '2026-11-24T00:51:57.000Z')
})
cores('list, as a table and as JSON', async () => {
  for (const name of ['coredumpctl_list.txt', 'coredumpctl_list.json']) {
    const { lifecycle, sources } = await parseFiles({ [name]: fixture(name) })
    assert.is(sources[0].kind, 'systemd')
    assert.equal(
      lifecycle.map(e => [e.pid, e.comm, e.signal, e.detail.storage]),
      [
        [1784, 'chatty', 'SIGSEGV', 'present'],
        [1809, 'segv', 'SIGABRT', 'none'],
      ],
    )
  }
})
cores('a list that was cut is said', async () => {
  const { diagnostics } = await parseFiles({ 'list.json': fixture('coredumpctl_list.json').slice(0, 200) })
  assert.equal(
    diagnostics.list().map(d => d.code),
    ['systemd.torn-json'],
  )
})
cores.run()
