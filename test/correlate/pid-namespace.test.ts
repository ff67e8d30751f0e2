/** Numbers of a pid namespace that is not strace's. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'

const namespaces = suite('pid namespaces')

/** The shell is 1 inside; its second child (3 inside) writes its first line before the first one (2 inside). */
const SECOND_CHILD_FIRST = `2273  1795554293.599493 unshare(CLONE_NEWNS|CLONE_NEWPID) = 0 <0.000272>
2273  1795554293.599857 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f1b84171a10) = 2274 <0.000723>
2274  1795554293.608715 getpid()        = 1 <0.000012>
2274  1795554293.609973 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f2489a87a10) = 2 <0.000438>
2274  1795554293.611863 vfork( <unfinished ...>
2276  1795554293.612156 execve("/usr/bin/sleep", ["sleep", "0.3"], 0x55d1bf07ae18 /* 39 vars */ <unfinished ...>
2274  1795554293.612795 <... vfork resumed>) = 3 <0.000923>
2276  1795554293.612912 <... execve resumed>) = 0 <0.000738>
2275  1795554293.613000 execve("/usr/bin/server", ["server"], 0x55d1bf07ae18 /* 39 vars */) = 0 <0.000738>
2275  1795554293.613900 pause( <unfinished ...>
2276  1795554293.931171 +++ exited with 0 +++
2274  1795554293.931477 kill(2, SIGKILL) = 0 <0.000017>
2275  1795554293.931563 <... pause resumed>) = ?
2275  1795554293.931887 +++ killed by SIGKILL +++
2274  1795554293.932455 +++ exited with 0 +++
2273  1795554293.933529 +++ exited with 0 +++
`

namespaces('a child that is seen first is not taken for the one born first', async () => {
  const report = await analyzeFiles({ 'strace.txt': SECOND_CHILD_FIRST })
  const kills = report.signals.filter(s => s.signal === 'SIGKILL')
  assert.equal(
    kills.map(s => [s.sender?.pid, s.target.pid, s.outcome]),
    [[2274, 2275, 'killed']],
  )
  assert.is(report.verdict.rule, 'kill/by-process')
  assert.match(report.verdict.title, 'killed server')
})

/** unshare in unshare: 2403 is 3 for its maker and 1 in its own namespace. */
const NESTED = `2400  1795554293.000100 unshare(CLONE_NEWPID) = 0 <0.000272>
2400  1795554293.000200 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f1b) = 2401 <0.000723>
2401  1795554293.000300 getpid() = 1 <0.000012>
2401  1795554293.000400 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f1b) = 2 <0.000438>
2402  1795554293.000500 unshare(CLONE_NEWPID) = 0 <0.000272>
2402  1795554293.000600 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f1b) = 3 <0.000723>
2403  1795554293.000700 getpid() = 1 <0.000012>
2403  1795554293.000800 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f1b) = 2 <0.000438>
2404  1795554293.000900 pause( <unfinished ...>
2403  1795554293.001000 kill(2, SIGTERM) = 0 <0.000062>
2404  1795554293.001100 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler)
2404  1795554293.001200 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---
2404  1795554293.001300 +++ killed by SIGTERM +++
2402  1795554293.001400 kill(3, SIGKILL) = 0 <0.000062>
2403  1795554293.001500 +++ killed by SIGKILL +++
`

namespaces('a namespace in a namespace: the maker of its first process knows it by another number', async () => {
  const report = await analyzeFiles({ 'strace.txt': NESTED })
  assert.equal(
    report.signals.map(s => [s.signal, s.sender?.pid, s.target.pid, s.outcome]),
    [
      ['SIGTERM', 2403, 2404, 'killed'],
      ['SIGKILL', 2402, 2403, 'killed'],
    ],
  )
})

namespaces('kill(-1) reaches whom its caller sees: nobody outside its pid namespace, and not its init', async () => {
  const everybody = SECOND_CHILD_FIRST.replace(
    '2274  1795554293.931477 kill(2, SIGKILL)',
    '2274  1795554293.931477 kill(-1, SIGKILL)',
  )
  const targets = async (log: string) =>
    (await analyzeFiles({ 'strace.txt': log })).signals.filter(s => s.origin === 'kill').map(s => s.target.pid)
  assert.equal(await targets(everybody), [2275])
  const fromOutside = everybody.replace('2274  1795554293.931477 kill', '2273  1795554293.931477 kill')
  assert.equal(await targets(fromOutside), [2274, 2275])
})

namespaces.run()
