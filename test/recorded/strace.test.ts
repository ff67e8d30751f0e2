/**
 * Scripts whose truth is known, recorded with the strace of this machine under many options: whatever the options, the
 * report says the same, and the truth. Where there is no strace the tests say so and are skipped.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'
import { type Into, knows, record, recordAttached, whyNot } from '../support/record.js'

const recorded = suite('recorded with strace')

interface Scenario {
  name: string
  script: string
  /** Signals that are no noise: who to whom, and what came of it; processes by the order of their numbers. */
  signals: string[]
  exits: string[]
  verdict: string | null
}

const SCENARIOS: Scenario[] = [
  {
    name: 'SIGKILL by the shell',
    script: 'sleep 30 & p=$!; kill -KILL $p; wait $p; exit 0',
    signals: ['SIGKILL from 0 to 1: killed'],
    exits: ['0 exited 0', '1 killed SIGKILL'],
    verdict: 'kill/by-process',
  },
  {
    name: 'SIGTERM that a trap takes',
    script: "trap 'exit 7' TERM; kill -TERM $$; exit 1",
    signals: ['SIGTERM from 0 to 0: handled'],
    exits: ['0 exited 7'],
    verdict: null,
  },
  {
    name: 'SIGTERM that a child was told to ignore',
    script: "trap '' TERM; sleep 0.1 & kill -TERM $!; wait $!; exit 3",
    signals: ['SIGTERM from 0 to 1: ignored'],
    exits: ['0 exited 3', '1 exited 0'],
    verdict: null,
  },
  {
    name: 'a reader that leaves',
    script: 'yes | head -1; exit 5',
    signals: ['SIGPIPE from - to 1: killed'],
    exits: ['0 exited 5', '1 killed SIGPIPE', '2 exited 0'],
    verdict: 'sigpipe/default-action',
  },
]

const OPTION_SETS: [options: string, into: Into][] = [
  ['-f', 'file'],
  ['-f -t', 'file'],
  ['-f -r', 'file'],
  ['-f -tt -T -y', 'file'],
  ['-f -ttt -T -yy -s 8', 'file'],
  ['-f -ttt -i -n', 'file'],
  ['-f -tt -Y', 'file'],
  ['-f -ttt -xx -a 1', 'file'],
  ['-f -X raw', 'file'],
  ['-f -X verbose -v', 'file'],
  ['-f -q -e trace=%process,%signal,%desc', 'file'],
  ['-f --seccomp-bpf -ttt -e trace=%process,%signal,%desc', 'file'],
  ['-ff', 'files'],
  ['-ff -tt', 'files'],
  ['-ff -ttt -T -yy', 'files'],
  ['-f', 'stderr'],
  ['-f -tt -T -yy', 'stderr'],
]

/** Pids in the order in which they were given out: behind the largest the kernel begins anew, and leaves a gap. */
function inOrder(pids: readonly number[]): number[] {
  const sorted = [...pids].sort((a, b) => a - b)
  const gaps = sorted.map((pid, i) => (i === 0 ? 0 : pid - sorted[i - 1]))
  const widest = Math.max(...gaps)
  const first = widest > 10_000 ? gaps.indexOf(widest) : 0
  return [...sorted.slice(first), ...sorted.slice(0, first)]
}

/** Processes as numbers from 0 on, in the order in which the kernel made them. */
function briefOf(report: Report): { signals: string[]; exits: string[] } {
  const pids = inOrder(report.processes.map(p => p.pid))
  const number = (pid: number | undefined) => (pid === undefined ? '-' : pids.indexOf(pid))
  return {
    signals: report.signals
      .filter(s => !s.noise)
      .map(s => `${s.signal} from ${number(s.sender?.pid)} to ${number(s.target.pid)}: ${s.outcome}`),
    exits: report.processes
      .map(({ pid, exit }) => `${number(pid)} ${exit?.kind ?? 'alive'} ${exit?.signal ?? exit?.code}`)
      .sort(),
  }
}

/** The first scenario as strace 6.1 recorded it elsewhere: what the tests below ask is asked where there is no strace, too. */
const ELSEWHERE = `100   1795480000.000100 execve("/bin/sh", ["/bin/sh", "-c", "sleep 30 & p=$!; kill -KILL $p; "...], 0x7ffd /* 39 vars */) = 0
100   1795480000.001200 rt_sigaction(SIGINT, {sa_handler=0x5625, sa_mask=~[RTMIN RT_1], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0
100   1795480000.001300 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 101
100   1795480000.001400 kill(101, SIGKILL) = 0
101   1795480000.001500 +++ killed by SIGKILL +++
100   1795480000.001600 wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 101
100   1795480000.001700 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=101, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0} ---
100   1795480000.001800 exit_group(0) = ?
100   1795480000.001900 +++ exited with 0 +++
`

recorded('a recording of another machine', async () => {
  const report = await analyzeFiles({ 'trace.log': ELSEWHERE })
  const [{ signals, exits, verdict }] = SCENARIOS
  assert.equal(briefOf(report), { signals, exits })
  assert.is(report.verdict.rule, verdict)
})

const missing = whyNot()
const test: typeof recorded = missing === null ? recorded : (recorded.skip as typeof recorded)
if (missing !== null) console.error(`recordings with strace are skipped: ${missing}`)
const sets = missing === null ? OPTION_SETS.filter(([options]) => knows(options.split(' '))) : OPTION_SETS
const unknown = OPTION_SETS.length - sets.length
if (unknown > 0) console.error(`${unknown} option sets are skipped: this strace does not know them`)

for (const { name, script, signals, exits, verdict } of SCENARIOS)
  test(`${name}, under ${sets.length} option sets`, async () => {
    // A few at a time: strace waits more than it works.
    const queue = [...sets]
    const run = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [options, into] = next
        const report = await analyzeFiles(await record(script, options.split(' '), into))
        const said = `strace ${options}, into ${into}`
        assert.equal(briefOf(report), { signals, exits }, said)
        assert.is(report.verdict.rule, verdict, said)
        assert.equal(
          report.diagnostics.filter(d => d.severity !== 'info').map(d => d.code),
          [],
          said,
        )
      }
    }
    await Promise.all([run(), run(), run()])
  })

for (const options of ['-f -ttt', '-tt', '-f -yy -X raw'])
  test(`attached with ${options}: who sent the signal`, async () => {
    const report = await analyzeFiles(await recordAttached(options.split(' '), 'SIGTERM'))
    const [term] = report.signals.filter(s => s.signal === 'SIGTERM')
    assert.is(term.sender?.pid, process.pid)
    assert.is(term.senderBasis, 'siginfo')
    assert.is(term.outcome, 'killed')
    assert.is(report.verdict.rule, 'kill/by-process')
    assert.equal(
      report.processes.map(p => p.exit?.signal),
      ['SIGTERM'],
    )
  })

test('attached: SIGKILL has no sender, and none is made up', async () => {
  const report = await analyzeFiles(await recordAttached(['-f', '-ttt'], 'SIGKILL'))
  assert.is(report.verdict.rule, 'kill/unknown-sender')
  assert.is(report.signals.find(s => s.signal === 'SIGKILL')?.sender, null)
})

recorded.run()
