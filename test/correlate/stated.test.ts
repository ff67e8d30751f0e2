/** A pid or unit that the user asks about and the evidence does not know is said, not passed over. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, type Files } from '../support/analyze.js'
import { START_OF, trace } from '../support/trace.js'

const stated = suite('what the user states')

const LOG = trace(`
${START_OF(10, 'app')}
10 exit_group(0) = ?
10 +++ exited with 0 +++
`)

const told = async (toml: string, more: Files = {}) =>
  (await analyzeFiles({ 'strace.log': LOG, 'capture.toml': toml, ...more })).diagnostics.filter(d =>
    d.code.startsWith('capture.'),
  )

stated('a pid that is there', async () => {
  assert.equal(await told('pid = 10\n'), [])
})
stated('a pid that is not, and which are', async () => {
  const [{ code, text, remedy }] = await told('pid = 11\n')
  assert.is(code, 'capture.pid-not-seen')
  assert.match(text, 'pid 11')
  assert.match(remedy, '10 (app)')
})
stated('a unit that nothing speaks of, where others are spoken of', async () => {
  const unit = { 'other.service': '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/app\n' }
  const [{ code, remedy }, ...more] = await told('unit = "app.service"\n', unit)
  assert.is(code, 'capture.unit-not-seen')
  assert.match(remedy, 'other.service')
  assert.equal(more, [])
  assert.equal(await told('unit = "other.service"\n', unit), [])
  assert.equal(await told('unit = "app.service"\n'), [])
})
stated('a dump of goroutines bears no pid: the user knows better', async () => {
  const dump = 'goroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1d\n'
  const { diagnostics } = await analyzeFiles({ 'dump.txt': dump, 'capture.toml': 'pid = 11\n' })
  assert.equal(
    diagnostics.filter(d => d.code.startsWith('capture.')),
    [],
  )
})
stated.run()
