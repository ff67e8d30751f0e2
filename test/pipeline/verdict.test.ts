/** Which finding is the verdict. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Analysis } from '../../src/model/analysis.js'
import type { Finding, Severity } from '../../src/model/finding.js'
import { chooseVerdict } from '../../src/pipeline/verdict.js'
import { analyzeFiles } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const verdict = suite('the verdict')

const finding = (rule: string, severity: Severity, ns: number | null, pid?: number): Finding => ({
  rule,
  severity,
  title: rule,
  summary: '',
  subject: pid === undefined ? {} : { pid },
  chain: [],
  remedies: [],
  ns,
})
const about = (pid: number) => ({ victim: { pid }, unitByPid: new Map() }) as unknown as Analysis
const nobody = { victim: null } as unknown as Analysis

verdict('the latest death of the victim', () => {
  const first = finding('kill/by-process', 'fatal', 1e9, 7)
  const last = finding('crash/fault', 'fatal', 9e9, 7)
  assert.is(chooseVerdict([first, last], about(7)), last)
})
verdict('of two accounts of one death the one that stands first', () => {
  const specific = finding('sigpipe/go-stdio', 'fatal', 1.0e9, 7)
  const general = finding('kill/unknown-sender', 'fatal', 1.2e9, 7)
  assert.is(chooseVerdict([specific, general], about(7)), specific)
})
verdict("another process's death is not the victim's", () => {
  const other = finding('kill/by-process', 'fatal', 9e9, 8)
  const own = finding('crash/abort', 'fatal', 1e9, 7)
  assert.is(chooseVerdict([other, own], about(7)), own)
})
verdict('the hang where nothing died', () => {
  const hang = finding('mutex/deadlock', 'error', null)
  assert.is(chooseVerdict([finding('epipe/survived', 'warning', 1, 7), hang], about(7)), hang)
})
verdict('a dump that was asked for gives way to what it shows', () => {
  const asked = finding('exit/dump-requested', 'fatal', 1e9)
  const hang = finding('mutex/deadlock', 'error', null)
  assert.is(chooseVerdict([asked, hang], nobody), hang)
  assert.is(chooseVerdict([asked], nobody), asked)
})
verdict('nothing where nothing is wrong', () => {
  assert.is(chooseVerdict([finding('signal/ignored', 'warning', 1, 7)], about(7)), null)
})

const TWO_DEATHS = trace(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${FORK(10, 12)}
11 pause( <unfinished ...>
12 pause( <unfinished ...>
10 kill(11, SIGKILL) = 0 <0.000057>
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
+2000 10 kill(12, SIGTERM) = 0 <0.000057>
12 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
12 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=10, si_uid=0} ---
12 +++ killed by SIGTERM +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)

verdict('without a word from the user the last death is the question', async () => {
  const report = await analyzeFiles({ 'strace.log': TWO_DEATHS })
  assert.is(report.victim?.pid, 12)
  assert.is(report.findings[report.verdict.finding!].subject.pid, 12)
})
verdict('the user can name the process', async () => {
  const report = await analyzeFiles({ 'strace.log': TWO_DEATHS, 'capture.toml': 'pid = 11\n' })
  assert.is(report.victim?.pid, 11)
  assert.is(report.findings[report.verdict.finding!].subject.pid, 11)
})
verdict('an idle server is healthy', async () => {
  const report = await analyzeFiles({
    'strace.log': trace(`
${START_OF(10, 'server')}
10 epoll_wait(5<anon_inode:[eventpoll]>, [], 128, 60000) = 0 <60.000000>
+60000 10 epoll_wait(5<anon_inode:[eventpoll]>, <unfinished ...>
+60000 11 getpid() = 10 <0.000010>`),
  })
  assert.is(report.verdict.rule, null)
})
verdict.run()
