/** Dumps and traces of one process, and of two runs that only look alike. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../../support/analyze.js'

const dumps = suite('dumps in traces')

const DUMP = readFileSync('test/fixtures/waits/convoy-io.debug2.txt', 'utf8')
const SECONDS = 1795479252

/** `text` as strace quotes it, cut at `limit` characters. */
function quoted(text: string, limit: number): string {
  return `${JSON.stringify(text.slice(0, limit))}${text.length > limit ? '...' : ''}`
}

const line = (tid: number, at: number, rest: string) => `${tid}  ${SECONDS}.${String(at).padStart(6, '0')} ${rest}\n`

/** A trace of process 3393 that writes `text` into a file in one call. */
function wholeWrite(text: string, limit = 256, bytes = Buffer.byteLength(text)): string {
  return [
    line(3393, 100, 'execve("/srv/lab/bin", ["bin"], 0x7ffd /* 9 vars */) = 0 <0.000200>'),
    line(
      3393,
      900,
      'clone(child_stack=0xc000070000, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS) = 3394 <0.000030>',
    ),
    line(3394, 1000, 'read(9<pipe:[77]>,  <unfinished ...>'),
    line(3393, 978270, `write(6</srv/lab/stacks.txt>, ${quoted(text, limit)}, ${bytes}) = ${bytes} <0.000022>`),
    line(3393, 990000, 'futex(0x5bb0e8, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>'),
  ].join('')
}

const taken = async (files: Record<string, string>) =>
  (await analyzeFiles(files)).goroutines.snapshots.map(s => s.takenNs)

dumps('a dump in one write is dated by it, whatever the length of strings', async () => {
  for (const limit of [32, 256])
    assert.equal(await taken({ 'dump.txt': DUMP, 'strace.txt': wholeWrite(DUMP, limit) }), [`${SECONDS}978270000`])
})

dumps('another number of bytes, or another first goroutine, is another dump', async () => {
  assert.equal(await taken({ 'dump.txt': DUMP, 'strace.txt': wholeWrite(DUMP, 32, 4711) }), [null])
  const other = DUMP.replace(/^goroutine (\d+)/, 'goroutine 7')
  assert.is.not(other, DUMP)
  assert.equal(await taken({ 'dump.txt': other, 'strace.txt': wholeWrite(DUMP) }), [null])
})

/** The runtime prints word by word; `words` are the pieces of one goroutine. */
function prints(text: string): string {
  const pieces = text.match(/0x[0-9a-f]+|[?(){}\n\t]|[^0(){}?\n\t]+|0/g) ?? []
  return pieces
    .map((piece, i) =>
      line(
        5694,
        440241 + i,
        `write(2</srv/lab/err.txt>, ${quoted(piece, 64)}, ${piece.length}) = ${piece.length} <0.000008>`,
      ),
    )
    .join('')
}

const FATAL = `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [semacquire]:
sync.runtime_Semacquire(0xc00008c0b0?)
\t/usr/lib/go-1.19/src/runtime/sema.go:62 +0x25
main.main()
\t/srv/lab/main.go:23 +0x1ef

goroutine 19 [semacquire]:
sync.(*Mutex).lockSlow(0xc000094000)
\t/usr/lib/go-1.19/src/sync/mutex.go:171 +0x165
main.take(0xc000094000)
\t/srv/lab/main.go:30 +0x1ef
`

dumps('a dump that the runtime printed in pieces is dated by the first of them', async () => {
  assert.equal(await taken({ 'err.txt': FATAL, 'strace.txt': prints(FATAL) }), [`${SECONDS}440241000`])
})

dumps('so is the one of a signal that ended the program', async () => {
  const signal = FATAL.replace(/^.*\n/, 'SIGABRT: abort\nPC=0x462a81 m=0 sigcode=0\n')
  assert.equal(await taken({ 'err.txt': signal, 'strace.txt': prints(signal) }), [`${SECONDS}440241000`])
})

dumps('the same program in another run has other addresses, and is not dated', async () => {
  const other = FATAL.replaceAll('0xc00008c0b0', '0xc00008a0b0').replaceAll('0xc000094000', '0xc000092000')
  assert.equal(await taken({ 'err.txt': other, 'strace.txt': prints(FATAL) }), [null])
})

const BLOCKED = `goroutine 6 [syscall]:
syscall.Syscall(0x0?, 0x0?, 0x80000000000?)
\t/usr/lib/go-1.19/src/syscall/syscall_linux.go:68 +0x27
syscall.read(0xc0000740c0?, {0xc000180000?, 0x41fe85?, 0x5bd460?})
\t/usr/lib/go-1.19/src/syscall/zsyscall_linux_amd64.go:696 +0x45
main.reader(0xc0000740c0)
\t/srv/lab/main.go:33 +0xbe
`

dumps('the goroutine in a system call is tied to the call of its thread', async () => {
  const report = await analyzeFiles({ 'dump.txt': BLOCKED, 'strace.txt': wholeWrite(BLOCKED) })
  const [edge] = report.waits.edges
  assert.is(edge?.from, 'goroutine 6')
  assert.equal(edge.on, { kind: 'read', address: 'pipe:[77]' })
  assert.match(edge.basis, /^thread 3394 is in read on pipe:\[77\]/)
  assert.is(edge.status, 'inferred')
})

dumps('a dump of another run is tied to nothing', async () => {
  const report = await analyzeFiles({
    'dump.txt': BLOCKED.replace('goroutine 6', 'goroutine 8'),
    'strace.txt': wholeWrite(BLOCKED),
  })
  assert.equal(report.waits.edges, [])
})

dumps('two goroutines in such a call cannot be told apart', async () => {
  const two = `${BLOCKED}\n${BLOCKED.replace('goroutine 6', 'goroutine 7')}`
  const report = await analyzeFiles({ 'dump.txt': two, 'strace.txt': wholeWrite(two) })
  assert.is(report.goroutines.snapshots[0].takenNs, `${SECONDS}978270000`)
  assert.equal(report.waits.edges, [])
})

dumps('no rule takes its time from a dump that is not dated', async () => {
  const report = await analyzeFiles({ 'dump.txt': DUMP })
  assert.ok(findingsOf(report, 'mutex/convoy').every(f => f.ns === null))
})

dumps.run()
