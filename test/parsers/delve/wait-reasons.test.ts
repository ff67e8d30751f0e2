/** Words that an old Delve printed for a new Go, and bare numbers: put right, or said to be unknown. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type PrintedReason, reasonKey } from '../../../parsers/delve/reasons.js'
import { DELVE_STATIC, waitReason } from '../../../parsers/shared/wait-reasons.js'
import type { Frame } from '../../../src/model/goroutine.js'
import { rowsOf } from '../../support/dumps.js'
import { parseFiles } from '../../support/parse.js'
import { WAIT_REASONS_BY_VERSION } from '../../support/wait-reasons.js'

const reasons = suite('delve wait reasons')
const at = (...funcs: string[]): Frame[] => funcs.map(func => ({ func, file: `/srv/${func}.go`, line: 1 }))

/** Where a goroutine with each true reason stands, as the User location of a plain listing shows it. */
const PLACES: Record<string, Frame[]> = {
  'chan receive': at('main.consume'),
  'chan send': at('main.produce'),
  select: at('main.loop'),
  sleep: at('time.Sleep'),
  'IO wait': at('internal/poll.runtime_pollWait'),
  'sync.Mutex.Lock': at('sync.runtime_SemacquireMutex'),
  'sync.RWMutex.RLock': at('sync.runtime_SemacquireRWMutexR'),
  'sync.RWMutex.Lock': at('sync.runtime_SemacquireRWMutex'),
  'sync.WaitGroup.Wait': at('sync.runtime_SemacquireWaitGroup'),
  'sync.Cond.Wait': at('sync.runtime_notifyListWait'),
  'force gc (idle)': at('runtime.gopark'),
  'GC sweep wait': at('runtime.gopark'),
}

/** What Delve up to 1.25 prints for the program's goroutines. */
function printed(go: number): { true: string; printed: PrintedReason }[] {
  return Object.entries(PLACES).flatMap(([word, frames]) => {
    for (let i = 0; i < 60; i++)
      if (waitReason(i, go) === word)
        return [{ true: word, printed: { reason: DELVE_STATIC[i] ?? `unknown wait reason ${i}`, frames } }]
    return []
  })
}

reasons('the tables agree with those of each Go version', () => {
  for (const [versions, words] of Object.entries(WAIT_REASONS_BY_VERSION))
    for (const m of versions.matchAll(/1\.(\d+)/g))
      for (let i = 0; i < 60; i++) assert.is(waitReason(i, Number(m[1])), words[i] || null, `Go 1.${m[1]} index ${i}`)
})

for (const go of [20, 21, 22, 23, 24, 25, 26, 27])
  reasons(`Go 1.${go} by an old Delve is put right when the Go version is known`, () => {
    const seen = printed(go)
    const { words } = reasonKey(
      seen.map(s => s.printed),
      go,
      false,
    )
    for (const s of seen) assert.is(words.get(s.printed.reason) ?? null, s.true)
  })

for (const go of [20, 22, 24, 25, 26])
  reasons(`Go 1.${go} by an old Delve is never made wrong when nothing is known`, () => {
    const seen = printed(go)
    const { words } = reasonKey(
      seen.map(s => s.printed),
      null,
      null,
    )
    for (const s of seen) {
      const read = words.has(s.printed.reason) ? words.get(s.printed.reason) : s.printed.reason
      assert.ok(read === s.true || read === null, `${s.printed.reason} was read as ${read}, is ${s.true}`)
    }
    const right = seen.filter(s => words.get(s.printed.reason) === s.true)
    assert.ok(right.length >= seen.length / 2, `only ${right.length} of ${seen.length}`)
  })

reasons('Go 1.19 is left as it is printed', () => {
  const seen = printed(19)
  assert.is(
    reasonKey(
      seen.map(s => s.printed),
      null,
      null,
    ).words.size,
    0,
  )
})

reasons('words of the new tables show a new Delve, which is believed', () => {
  const seen: PrintedReason[] = [
    { reason: 'sync.Mutex.Lock', frames: at('sync.runtime_SemacquireMutex') },
    { reason: 'sleep', frames: at('time.Sleep') },
  ]
  assert.is(reasonKey(seen, null, null).words.size, 0)
})

reasons('a whole listing: Go 1.26 shown by Delve 1.24', async () => {
  const line = (id: number, place: string, word: string) => `  Goroutine ${id} - User: ${place} (0x4b5c3f) [${word}]`
  const text = [
    "Type 'help' for list of commands.",
    `(dlv) ${line(1, '/srv/shop/main.go:52 main.main', 'sleep').slice(0)}`,
    line(2, '/usr/local/go/src/runtime/proc.go:475 runtime.gopark', 'GC assist wait'),
    line(7, '/srv/shop/main.go:22 main.consume', 'sleep'),
    line(8, '/usr/local/go/src/runtime/time.go:368 time.Sleep', 'chan receive'),
    line(9, '/usr/local/go/src/runtime/sema.go:95 sync.runtime_SemacquireMutex', 'trace reader (blocked)'),
    '[5 goroutines]',
    '(dlv) ',
  ].join('\n')
  const { snapshots, diagnostics } = await parseFiles({ 'out.txt': text })
  assert.equal(
    rowsOf(snapshots[0]).map(r => r.primitive),
    ['channel-receive', 'gc', 'channel-receive', 'sleep', 'mutex'],
  )
  assert.ok(diagnostics.list().some(d => d.code === 'delve.wait-reasons'))
})

reasons.run()
