/** A log and its copy are one evidence. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../../support/analyze.js'
import { FORK, START_OF, trace } from '../../support/trace.js'

const copies = suite('copies of a log')

const LOG = trace(`
${START_OF(10, 'sh')}
${FORK(10, 11)}
11 kill(10, SIGTERM) = 0 <0.000010>
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=11, si_uid=0} ---
10 +++ killed by SIGTERM +++
11 +++ exited with 0 +++
`)

copies('the report of a log and its copy is that of the log, with a word about it', async () => {
  const alone = await analyzeFiles({ 'strace.log': LOG })
  const twice = await analyzeFiles({ 'strace.log': LOG, 'strace.log.bak': LOG })
  assert.is(twice.verdict.title, alone.verdict.title)
  assert.is(twice.verdict.rule, 'kill/by-process')
  assert.equal(
    twice.processes.map(p => p.pid),
    alone.processes.map(p => p.pid),
  )
  assert.equal(
    twice.diagnostics.filter(d => d.code === 'strace.copy').map(d => d.first.source),
    ['strace.log.bak'],
  )
})
copies('one byte of difference, and they are two', async () => {
  const other = await analyzeFiles({ 'strace.log': LOG, 'other.log': LOG.replace('exited with 0', 'exited with 1') })
  assert.is(other.diagnostics.filter(d => d.code === 'strace.copy').length, 0)
})
copies.run()
