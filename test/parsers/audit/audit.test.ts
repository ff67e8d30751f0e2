import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SignalWitness } from '../../../src/model/witness.js'
import { parseFiles } from '../../support/parse.js'

const fixture = (name: string) => readFileSync(`test/fixtures/audit/${name}`, 'utf8')
const row = (w: SignalWitness) => [
  w.kind,
  w.call ?? null,
  w.number,
  w.sender?.pid ?? null,
  w.target.pid,
  w.target.tid,
  w.result,
]

const SENT = [
  ['call', 'kill', 28, 12528, 12525, null, null],
  ['call', 'pidfd_send_signal', 28, 12529, 12525, null, null],
  ['call', 'tgkill', 28, 12530, 12525, 12525, null],
  ['call', 'rt_sigqueueinfo', 15, 12531, 12525, null, null],
]
const KILL = ['call', 'kill', 9, 12540, 12537, null, null]
const ABEND = ['abend', null, 11, null, 12534, null, null]

const audit = suite('audit')

audit('audit.log: every sender, target and call, and the process that ended by itself', async () => {
  const { witnesses, sources } = await parseFiles({ 'audit.log': fixture('audit.log') })
  assert.equal(witnesses.map(row), [...SENT, ABEND, KILL])
  assert.equal(witnesses[0].sender, { pid: 12528, tid: null, comm: 'killer' })
  assert.is(witnesses[0].target.comm, 'cchatty')
  assert.is(sources[0].clock.domain, 'realtime')
  assert.is(sources[0].clock.base! + BigInt(witnesses[0].ns!), 1_795_479_547_953_000_000n)
})

audit('ausearch -i says the same in words and local time', async () => {
  const { witnesses, sources } = await parseFiles({ 'i.txt': fixture('ausearch-i.txt') })
  assert.equal(witnesses.map(row), [...SENT, KILL])
  assert.is(sources[0].clock.domain, 'wall')
  assert.is(sources[0].clock.base! + BigInt(witnesses[0].ns!), 1_795_479_547_953_000_000n)
})

audit('ausearch without -i states its zone beside the epoch', async () => {
  const { witnesses, sources } = await parseFiles({
    'k.txt': fixture('ausearch-k.txt').replaceAll('time->Tue Nov 24 00:19', 'time->Tue Nov 24 01:49'),
  })
  assert.equal(witnesses.map(row), [...SENT, KILL])
  assert.is(sources[0].clock.zoneMinutes, 90)
})

audit('lines of the kernel log; without OBJ_PID the target is the argument', async () => {
  const { witnesses } = await parseFiles({ 'dmesg.txt': fixture('dmesg-audit.txt') })
  assert.equal(
    witnesses.map(w => [w.call, w.sender?.pid, w.target.pid]),
    [
      ['kill', 11037, 11034],
      ['pidfd_send_signal', 11038, 11034],
      ['tgkill', 11039, 11034],
    ],
  )
})

const call = (fields: string) => `type=SYSCALL msg=audit(1795479547.953:17): arch=c000003e ${fields} pid=9 comm="k"\n`

audit('a group gets one entry for each process; failures keep their error; probes are no signals', async () => {
  const object = (pid: number) => `type=OBJ_PID msg=audit(1795479547.953:17): opid=${pid} ocomm="c${pid}"\n`
  const { witnesses } = await parseFiles({
    'group.log': call('syscall=62 success=yes exit=0 a0=fffffffffffffff9 a1=f a2=0 a3=0') + object(7) + object(8),
    'failed.log': call('syscall=62 success=no exit=-3 a0=7 a1=9 a2=0 a3=0'),
    'probe.log': call('syscall=62 success=yes exit=0 a0=7 a1=0 a2=0 a3=0'),
    'arm.log': call('syscall=129 success=yes exit=0 a0=7 a1=9 a2=0 a3=0').replace('c000003e', 'c00000b7'),
    'other.log': call('syscall=1 success=yes exit=0 a0=7 a1=9 a2=0 a3=0'),
  })
  assert.equal(
    witnesses.map(w => [w.source, w.target.pid, w.target.comm, w.result]),
    [
      ['arm.log', 7, null, null],
      ['failed.log', 7, null, 'ESRCH'],
      ['group.log', 7, 'c7', null],
      ['group.log', 8, 'c8', null],
    ],
  )
})

audit('a thread is not named where the sender numbers processes otherwise', async () => {
  const { witnesses } = await parseFiles({
    'ns.log':
      call('syscall=234 success=yes exit=0 a0=7 a1=8 a2=f a3=0') +
      'type=OBJ_PID msg=audit(1795479547.953:17): opid=4007 ocomm="c"\n',
  })
  assert.equal(
    witnesses.map(w => [w.target.pid, w.target.tid]),
    [[4007, null]],
  )
})

audit('hex names, nodes, enriched fields, seccomp, events through one another', async () => {
  const { witnesses, sources } = await parseFiles({
    'a.log':
      'node=web1 type=SYSCALL msg=audit(1795479547.953:17): arch=c000003e syscall=62 success=yes exit=0 a0=7 a1=f pid=9 comm=6D792070726F67 key="x"\x1dARCH=x86_64 SYSCALL=kill\n' +
      'node=web1 type=SECCOMP msg=audit(1795479547.960:18): auid=0 uid=0 gid=0 ses=1 pid=77 comm="s" exe="/s" sig=31 arch=c000003e syscall=57 compat=0 ip=0x1 code=0x80000000\n' +
      'node=web1 type=OBJ_PID msg=audit(1795479547.953:17): opid=7 ocomm="v"\n',
  })
  assert.equal(
    witnesses.map(w => [w.kind, w.number, w.sender?.comm ?? null, w.target.comm]),
    [
      ['call', 15, 'my prog', 'v'],
      ['abend', 31, null, 's'],
    ],
  )
  assert.is(sources[0].about.host, 'web1')
})

audit('records that reached a journal, by its audit socket or the kernel log, in any of its forms', async () => {
  const call = 'SYSCALL arch=c000003e syscall=62 success=yes exit=0 a0=30ed a1=f a2=0 a3=0 pid=12528 comm="killer"'
  const object = 'OBJ_PID opid=12525 oauid=-1 ouid=0 oses=-1 ocomm="cchatty"'
  const json = (message: string, id: string) =>
    `${JSON.stringify({ __REALTIME_TIMESTAMP: '1795479547953100', _TRANSPORT: 'audit', _AUDIT_ID: id, SYSLOG_IDENTIFIER: 'audit', _PID: '12528', MESSAGE: message })}\n`
  const kernel = (type: number, fields: string) =>
    `Nov 24 00:19:07 vm kernel: audit: type=${type} audit(1795479547.953:17): ${fields}\n`
  const { witnesses } = await parseFiles({
    'a.json':
      json(call, '17') +
      json(call.replace('12528', '12529').replace('a1=f', 'a1=9'), '18') +
      json(object, '17') +
      json(object, '18'),
    'b.txt': `Nov 24 00:19:07 vm audit[12528]: ${call}\nNov 24 00:19:07 vm audit[12528]: ${object}\n`,
    'c.txt': kernel(1300, call.slice(8)) + kernel(1318, object.slice(8)),
    'd.txt': `[ 3445.793468] audit: type=1300 audit(1795479513.353:6): ${call.slice(8)}\n${'[ 3445.800000] usb 1-1: new device\n'.repeat(5)}`,
  })
  assert.equal(
    witnesses
      .toSorted((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0))
      .map(w => [w.source, w.sender?.pid, w.number, w.target.pid, w.target.comm]),
    [
      ['a.json', 12528, 15, 12525, 'cchatty'],
      ['a.json', 12529, 9, 12525, 'cchatty'],
      ['b.txt', 12528, 15, 12525, 'cchatty'],
      ['c.txt', 12528, 15, 12525, 'cchatty'],
      ['d.txt', 12528, 15, 12525, null],
    ],
  )
})

audit('local dates of other locales', async () => {
  for (const [date, epoch] of [
    ['24/11/26 00:19:07.953', 1_795_479_547_953_000_000n],
    ['24.11.2026 00:19:07.953', 1_795_479_547_953_000_000n],
    ['2026-11-24 00:19:07.953', 1_795_479_547_953_000_000n],
    ['03/04/26 00:00:00.000', BigInt(Date.UTC(2026, 2, 4)) * 1_000_000n],
  ] as const) {
    const { sources } = await parseFiles({
      'i.txt': `type=ANOM_ABEND msg=audit(${date}:21) : auid=unset pid=12534 comm=segv sig=SIGSEGV res=yes\n`,
    })
    assert.is(sources[0].clock.base, epoch, date)
  }
})

audit.run()
