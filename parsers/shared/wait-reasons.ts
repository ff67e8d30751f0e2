/**
 * Wait reasons by number. The runtime keeps `g.waitreason` as an index into an unexported table (runtime2.go
 * waitReasonStrings), which a debugger or a core shows as a bare number. The tables differ between Go versions: the
 * same 14 is `chan send` up to Go 1.25 and `sleep` in 1.26.
 */

const FIRST_13 =
  '|GC assist marking|IO wait|chan receive (nil chan)|chan send (nil chan)|dumping heap|garbage collection|garbage collection scan|panicwait|select|select (no cases)|GC assist wait|GC sweep wait'
const UNTIL_COND = 'chan receive|chan send|finalizer wait|force gc (idle)|semacquire|sleep|sync.Cond.Wait'
const TIMER_TO_WORKER = 'timer goroutine (idle)|trace reader (blocked)|wait for GC cycle|GC worker (idle)'
const LOCKS = 'sync.Mutex.Lock|sync.RWMutex.RLock|sync.RWMutex.Lock'
const TRACE_TO_STW =
  'trace reader (blocked)|wait for GC cycle|GC worker (idle)|GC worker (active)|preempted|debug call|GC mark termination|stopping the world'
const FLUSH_TO_COROUTINE = 'flushing proc caches|trace goroutine status|trace proc status|page trace flush|coroutine'
const SYNCTEST_25 =
  'synctest.Run|synctest.Wait|chan receive (durable)|chan send (durable)|select (durable)|sync.WaitGroup.Wait (durable)|cleanup wait'

/** The table that applies from a minor version of Go 1 on. Go 1.10 and older kept the words themselves. */
const TABLES: readonly { from: number; words: readonly string[] }[] = [
  { from: 11, words: words(FIRST_13, UNTIL_COND, TIMER_TO_WORKER) },
  { from: 13, words: words(FIRST_13, 'GC scavenge wait', UNTIL_COND, TIMER_TO_WORKER) },
  { from: 14, words: words(FIRST_13, 'GC scavenge wait', UNTIL_COND, TIMER_TO_WORKER, 'preempted') },
  { from: 15, words: words(FIRST_13, 'GC scavenge wait', UNTIL_COND, TIMER_TO_WORKER, 'preempted|debug call') },
  { from: 20, words: words(FIRST_13, 'GC scavenge wait', UNTIL_COND, LOCKS, TRACE_TO_STW) },
  { from: 22, words: words(FIRST_13, 'GC scavenge wait', UNTIL_COND, LOCKS, TRACE_TO_STW, FLUSH_TO_COROUTINE) },
  {
    from: 23,
    words: words(
      FIRST_13,
      'GC scavenge wait',
      UNTIL_COND,
      LOCKS,
      TRACE_TO_STW,
      FLUSH_TO_COROUTINE,
      'GC weak to strong wait',
    ),
  },
  {
    from: 24,
    words: words(
      FIRST_13,
      'GC scavenge wait',
      UNTIL_COND,
      LOCKS,
      'sync.WaitGroup.Wait',
      TRACE_TO_STW,
      FLUSH_TO_COROUTINE,
      'GC weak to strong wait|synctest.Run|synctest.Wait|chan receive (synctest)|chan send (synctest)|select (synctest)',
    ),
  },
  {
    from: 25,
    words: words(
      FIRST_13,
      'GC scavenge wait|chan receive|chan send|finalizer wait|force gc (idle)|GOMAXPROCS updater (idle)',
      'semacquire|sleep|sync.Cond.Wait',
      LOCKS,
      'sync.WaitGroup.Wait',
      TRACE_TO_STW,
      FLUSH_TO_COROUTINE,
      'GC weak to strong wait',
      SYNCTEST_25,
    ),
  },
  {
    from: 26,
    words: words(
      '|GC assist marking|IO wait|dumping heap|garbage collection|garbage collection scan|panicwait|GC assist wait',
      'GC sweep wait|GC scavenge wait|finalizer wait|force gc (idle)|GOMAXPROCS updater (idle)|semacquire|sleep',
      'chan receive (nil chan)|chan send (nil chan)|select (no cases)|select|chan receive|chan send|sync.Cond.Wait',
      LOCKS,
      'sync.WaitGroup.Wait',
      TRACE_TO_STW,
      FLUSH_TO_COROUTINE,
      'GC weak to strong wait',
      SYNCTEST_25,
    ),
  },
]

/**
 * The one table that the terminal of Delve 1.6.0 to 1.25 has for every Go version (service/api/types.go): right for
 * Go 1.13 to 1.19 only. Delve 1.26 has a table for each version from Go 1.18 on.
 */
export const DELVE_STATIC: readonly string[] = words(
  FIRST_13,
  'GC scavenge wait',
  UNTIL_COND,
  TIMER_TO_WORKER,
  'preempted|debug call|GC mark termination|stopping the world',
  FLUSH_TO_COROUTINE,
)

function words(...parts: string[]): string[] {
  return parts.join('|').split('|')
}

/** The minor version of `go1.19.8`, `Go cmd/compile go1.22.0`, `devel go1.24-abc`; null where there is none. */
export function goMinor(version: string | null): number | null {
  const m = version === null ? null : /\bgo1\.(\d{1,3})\b/.exec(version)
  return m ? Number(m[1]) : null
}

/** First minor versions of the ranges over which one table holds: 11, 13, 14, … */
export const TABLE_STARTS: readonly number[] = TABLES.map(t => t.from)

/**
 * The words of `g.waitreason` in a Go version; null where the number means nothing in it, or no table is known (before
 * 1.11). Numbers beyond a table (a newer Go than the newest table) are unknown rather than guessed.
 */
export function waitReason(index: number, minor: number): string | null {
  let found: readonly string[] | null = null
  for (const table of TABLES) if (table.from <= minor) found = table.words
  return found?.[index] || null
}
