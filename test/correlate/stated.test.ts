/** A pid or unit that the user asks about and the evidence does not know is said, not passed over. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'
import { START_OF, trace } from '../support/trace.js'

const stated = suite('what the user states')

const LOG = trace(`
${START_OF(10, 'app')}
10 exit_group(0) = ?
10 +++ exited with 0 +++
`)

const told = async (toml: string) =>
  (await analyzeFiles({ 'strace.log': LOG, 'capture.toml': toml })).diagnostics.filter(d =>
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
stated('a unit that nothing speaks of', async () => {
  assert.equal(
    (await told('unit = "app.service"\n')).map(d => d.code),
    ['capture.unit-not-seen'],
  )
})
stated.run()
