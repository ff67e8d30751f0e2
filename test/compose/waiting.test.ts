/** Where no hang is proven, the report says who waits where, and how to find out. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'

const waiting = suite('who waits, without a verdict')

const MAIN = 'goroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1d\n'
const popped = (id: number, minutes = '') =>
  `\ngoroutine ${id} [sync.Cond.Wait${minutes}]:\nsync.runtime_notifyListWait(0xc000012090, 0x0)\n\t/go/src/runtime/sema.go:517 +0x14c\nsync.(*Cond).Wait(0xc000012080)\n\t/go/src/sync/cond.go:70 +0x8c\nexample.com/a/queue.(*Q).Pop(...)\n\t/src/queue/q.go:18\ncreated by main.main\n\t/src/main.go:5 +0x2a\n`
const told = async (dump: string) => (await analyzeFiles({ 'dump.txt': dump })).verdict

waiting('the places where most wait, how many, and for how long', async () => {
  const { rule, title, summary } = await told(`${MAIN}${popped(7, ', 12 minutes')}${popped(8)}${popped(9)}`)
  assert.is(rule, null)
  assert.match(title, 'no wait that must be a hang')
  assert.match(summary, '3 goroutines wait for a Cond in queue.(*Q).Pop (q.go:18), up to 12 min')
  assert.match(summary, 'a second dump')
})
waiting('nobody waits outside of the ordinary', async () => {
  const { title } = await told(MAIN)
  assert.is(title, 'We saw no death and no hang in this evidence')
})
waiting.run()
