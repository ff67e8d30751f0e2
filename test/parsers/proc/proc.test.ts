import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProcSnapshot } from '../../../src/model/proc.js'
import { parseFiles } from '../../support/parse.js'

const fixture = (name: string) => readFileSync(`test/fixtures/proc/${name}`, 'utf8')
const status = (name: string, tgid: number, pid: number, more = '') =>
  `Name:\t${name}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t${tgid}\nNgid:\t0\nPid:\t${pid}\nPPid:\t1\nTracerPid:\t0\n` +
  `SigQ:\t0/96364\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\n` +
  `SigIgn:\t0000000000001000\nSigCgt:\tfffffffd7fc1feff\n${more}`
const thread = (snapshot: ProcSnapshot, tid: number) => snapshot.threads.find(t => t.tid === tid)!

const proc = suite('/proc')

proc('files of one folder make one snapshot, the main thread from the files beside task/', async () => {
  const { procs } = await parseFiles({
    'snap/status': status('ingest', 77, 77),
    'snap/wchan': 'futex_do_wait',
    'snap/cmdline': 'ingest\0-v\0',
    'snap/fd.ls':
      'total 0\nl-wx------ 1 root root 64 Nov 24 00:14 1 -> pipe:[9]\nlr-x------ 1 a b 64 Nov 24 00:14 3 -> /tmp/a -> b\n',
    'snap/cgroup': '1:name=systemd:/\n0::/system.slice/ingest.service\n',
    'snap/task/80/status': status('worker', 77, 80),
    'snap/task/80/syscall': '1 0x1 0xc00016e000 0x7541 0x0 0x0 0x0 0xc000047b90 0x40370e\n',
    'snap/task/80/stack':
      '[<0>] anon_pipe_write+0x1/0x2\n[<0>] ksys_write+0xc3/0xf0\n[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n',
  })
  assert.is(procs.length, 1)
  const [snapshot] = procs
  assert.is(snapshot.pid, 77)
  assert.is(snapshot.comm, 'ingest')
  assert.is(snapshot.unit, 'ingest.service')
  assert.equal(snapshot.cmdline, ['ingest', '-v'])
  assert.is(thread(snapshot, 77).wchan, 'futex_do_wait')
  assert.is(thread(snapshot, 77).sigIgn, 0x1000n)
  assert.equal(thread(snapshot, 80).syscall, { nr: 1, name: 'write', args: [1n, 0xc00016e000n, 0x7541n, 0n, 0n, 0n] })
  assert.equal(thread(snapshot, 80).stack, ['anon_pipe_write', 'ksys_write', 'entry_SYSCALL_64_after_hwframe'])
  assert.equal(
    snapshot.fds.map(f => [f.fd, f.target, f.flags]),
    [
      [1, 'pipe:[9]', 'w'],
      [3, '/tmp/a -> b', 'r'],
    ],
  )
})

proc('links of a copied fd folder, their access from fdinfo: a file each, or all in one text', async () => {
  const links = '0 -> /dev/null\n3 -> pipe:[9]\n4 -> pipe:[9]\n5 -> socket:[7]\n'
  const info = (flags: string) => `pos:\t0\nflags:\t${flags}\nmnt_id:\t16\n`
  const { procs } = await parseFiles({
    'a/status': status('a', 77, 77),
    'a/fd/links': links,
    'a/fdinfo/3': info('02004000'),
    'a/fdinfo/4': info('02004001'),
    'a/fdinfo/5': `${info('02')}Pid:\t9\nNSpid:\t9\n`,
    'b/status': status('b', 78, 78),
    'b/fd.ls': links,
    'b/fdinfo.txt': `## 3\n${info('0100000')}## 4\n${info('0100001')}`,
  })
  assert.equal(
    procs.map(p => [p.pid, p.fds.map(f => f.flags)]),
    [
      [77, [null, 'r', 'w', 'rw']],
      [78, [null, 'r', 'w', null]],
    ],
  )
})

proc('two processes in one flat folder are told apart by the numbers in the names', async () => {
  const { procs } = await parseFiles({
    'flat/77.status': status('a', 77, 77),
    'flat/78.status': status('b', 78, 78),
    'flat/77.stack': '[<0>] do_wait+0x1/0x2\n',
    'flat/78.wchan': 'anon_pipe_read\n',
  })
  assert.equal(
    procs.map(p => [p.pid, p.comm, p.threads[0].stack, p.threads[0].wchan]),
    [
      [77, 'a', ['do_wait'], null],
      [78, 'b', [], 'anon_pipe_read'],
    ],
  )
})

proc('a file that no process claims is said, not attached to a neighbour', async () => {
  const { procs, diagnostics } = await parseFiles({
    'flat/a.status': status('a', 77, 77),
    'flat/b.status': status('b', 78, 78),
    'flat/some.stack': '[<0>] do_wait+0x1/0x2\n',
  })
  assert.ok(procs.filter(p => p.pid !== null).every(p => p.threads[0].stack.length === 0))
  assert.ok(diagnostics.list().some(d => d.code === 'proc.no-pid'))
})

proc('one text with headings holds both processes, their threads, fds and sockets', async () => {
  const { procs, sockets } = await parseFiles({ 'wedge.txt': fixture('one-text-two-processes.txt') })
  assert.equal(
    procs.map(p => [p.pid, p.threads.length, p.fds.length]),
    [
      [17497, 3, 6],
      [17539, 1, 6],
    ],
  )
  const [parent] = procs
  assert.equal(
    parent.threads.map(t => [t.tid, t.wchan, t.syscall?.name]),
    [
      [17497, 'hrtimer_nanosleep', 'clock_nanosleep'],
      [17540, 'anon_pipe_write', 'write'],
      [17541, 'sock_alloc_send_pskb', 'sendto'],
    ],
  )
  assert.is(
    thread(parent, 17540).at?.wchan?.line,
    fixture('one-text-two-processes.txt').split('\n').indexOf('anon_pipe_write') + 1,
  )
  const end = sockets.find(s => s.inode === 34570)!
  assert.is(end.peerInode, 34571)
  assert.equal(end.holders, [{ comm: 'python3', pid: 17497, fd: 5 }])
})

proc('a status printed again and again is one snapshot each time', async () => {
  const { procs } = await parseFiles({ 'loop.txt': `${status('a', 7, 7)}\n${status('a', 7, 7)}\n${status('a', 7, 7)}` })
  assert.equal(
    procs.map(p => p.pid),
    [7, 7, 7],
  )
})

proc('a name can hold what looks like a field', async () => {
  const { procs } = await parseFiles({
    'p/stat': '9 (a) S 1 (b) R 2 9 9 0 -1 4194304 1 0 1 0 11 19 0 0 20 0 7 0 320369 1 2\n',
  })
  assert.equal([procs[0].pid, procs[0].comm, procs[0].ppid, procs[0].threads[0].state], [9, 'a) S 1 (b', 2, 'R'])
})

proc('system calls get the names of the machine that their waits fit', async () => {
  const { procs } = await parseFiles({
    'a/stat': '9 (a) S 1 9 9 0 -1 4194304 1 0 1 0 11 19 0 0 20 0 7 0 320369 1 2\n',
    'a/syscall': '98 0x1 0x80 0x0 0x0 0x0 0x0 0xffff01 0xffff02\n',
    'a/wchan': 'futex_wait_queue',
    'a/task/10/syscall': '64 0x1 0x80 0x0 0x0 0x0 0x0 0xffff01 0xffff02\n',
  })
  assert.equal(
    procs[0].threads.map(t => t.syscall?.name),
    ['futex', 'write'],
  )
})

proc('a system call stays a number where nothing tells the machine', async () => {
  const { procs } = await parseFiles({
    'a/stat': '9 (a) S 1 9 9 0 -1 4194304 1 0 1 0 11 19 0 0 20 0 7 0 320369 1 2\n',
    'a/syscall': '64 0x1 0x80 0x0 0x0 0x0 0x0 0xffff01 0xffff02\n',
  })
  assert.is(procs[0].threads[0].syscall?.name, null)
})

proc('grep prints the path and the content on one line', async () => {
  const { procs } = await parseFiles({
    'g.txt': '/proc/7/task/7/wchan:do_wait\n/proc/7/task/8/wchan:anon_pipe_read\n/proc/7/comm:sh\n',
  })
  assert.equal(
    procs.map(p => [p.pid, p.comm, p.threads.map(t => [t.tid, t.wchan])]),
    [
      [
        7,
        'sh',
        [
          [7, 'do_wait'],
          [8, 'anon_pipe_read'],
        ],
      ],
    ],
  )
})

proc('lsof +E: fds of all holders, and both ends of the socket', async () => {
  const { procs, sockets } = await parseFiles({ 'lsof.txt': fixture('lsof-both-ends.txt') })
  const pipe = (pid: number) => procs.find(p => p.pid === pid)!.fds.find(f => f.target === 'pipe:[34569]')
  assert.is(pipe(17497)?.flags, 'w')
  assert.is(pipe(17539)?.flags, 'r')
  assert.is(sockets.find(s => s.inode === 34570)?.peerInode, 34571)
})

proc('ps: threads, states and places, the parent of each', async () => {
  const { procs } = await parseFiles({ 'ps.txt': fixture('ps-threads.txt') })
  assert.equal(
    procs.map(p => [p.pid, p.ppid, p.threads.map(t => [t.tid, t.state, t.wchan])]),
    [
      [
        17497,
        17495,
        [
          [17497, 'S', 'hrtimer_nanosleep'],
          [17540, 'S', 'anon_pipe_write'],
          [17541, 'S', 'sock_alloc_send_pskb'],
        ],
      ],
      [17539, 17497, [[17539, 'S', 'hrtimer_nanosleep']]],
    ],
  )
})

proc('ss: rows with and without header, old holders, TCP with its inode, paths with blanks', async () => {
  const { sockets } = await parseFiles({
    'ss-H.txt':
      'u_str ESTAB 0 7 * 10 * 11 users:(("a b",pid=7,fd=1))\nu_str ESTAB 3 0 /run/x y 11 * 10 users:(("j",8,2),("k",9,3))\n',
    'ss-t.txt':
      'State Recv-Q Send-Q  Local Address:Port  Peer Address:Port Process\n' +
      'ESTAB 0      3782144     127.0.0.1:37318    127.0.0.1:44789 users:(("p",pid=12,fd=8)) timer:(persist,060ms,1) ino:21975 sk:5 cgroup:/ <->\n' +
      '\t skmem:(r0,rb131072)\nLISTEN 0 128 0.0.0.0:80 0.0.0.0:*\n',
  })
  assert.equal(
    sockets.map(s => [s.kind, s.inode, s.peerInode, s.path, s.local, s.remote, s.sendQueue, s.holders.map(h => h.pid)]),
    [
      ['unix', 10, 11, null, null, null, 7, [7]],
      ['unix', 11, 10, '/run/x y', null, null, 0, [8, 9]],
      ['tcp', 21975, null, null, '127.0.0.1:37318', '127.0.0.1:44789', 3782144, [12]],
      ['tcp', 0, null, null, '0.0.0.0:80', null, 128, []],
    ],
  )
})

proc('/proc/net/tcp in the byte order of the machine', async () => {
  const { sockets } = await parseFiles({
    tcp:
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
      '   2: 0100007F:91C6 0100007F:AEF5 01 0039B600:00000000 04:0000008C 00000000     0        0 21975 2 00 20 0 0 16 -1\n',
  })
  assert.equal(
    [sockets[0].local, sockets[0].remote, sockets[0].sendQueue, sockets[0].inode],
    ['127.0.0.1:37318', '127.0.0.1:44789', 3782144, 21975],
  )
})

proc('a torn listing is counted with its place', async () => {
  const { diagnostics } = await parseFiles({
    'ss.txt': 'Netid State Recv-Q Send-Q Local Address:Port\nu_str ESTAB 0\nu_str ESTAB 0 0 *\n',
  })
  const [torn] = diagnostics.list().filter(d => d.code === 'proc.torn-line')
  assert.equal([torn.count, torn.first.line, torn.severity], [2, 2, 'loss'])
})

proc('is not taken for a trace, a journal or prose', async () => {
  const { sources } = await parseFiles({
    'strace.txt': '77    1795478134.102900 futex(0x602ad8, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>\n'.repeat(20),
    'notes.txt': 'the status of the stack was bad\n- comm was quiet\n',
  })
  for (const source of sources) assert.is.not(source.kind, 'proc', source.path)
})

proc.run()
