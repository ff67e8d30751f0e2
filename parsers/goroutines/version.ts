import { ownerOf } from '../../src/model/go-frames.js'
import { GoroutineFlag, type GoroutineTable, type Stack } from '../../src/model/goroutine.js'

/**
 * `go1.19`, `go-1.22.1`, `go/1.21.5/x64`, `toolchain@v0.0.1-go1.22.1.linux-amd64`: the name of the directory that Go was
 * installed in. It names the version only in part: `/usr/lib/go-1.19` may hold any 1.19.x.
 */
const IN_PATH =
  /(?:^|[/\\@-])go(?:lang)?[-/@]?(1\.\d{1,2}(?:\.\d{1,2})?(?:rc\d+|beta\d+)?)(?:[./-][^/]*)?\/(?:[^/]+\/){0,3}src\//

/** How many stacks are looked at: the answer is the same in all that have one. */
const STACKS = 64

/**
 * The Go version that a dump names, as `go1.19`: from the directory of the standard library in the paths of frames, where
 * it is called after the version. Null where it is not (`/usr/local/go`, trimmed paths), and where two paths differ.
 */
export function goVersionOf(stacks: readonly Stack[]): string | null {
  let found: string | null = null
  for (const { frames, createdBy } of stacks.slice(0, STACKS))
    for (const frame of createdBy === null ? frames : [...frames, createdBy]) {
      if (frame.file === null) continue
      const version = IN_PATH.exec(frame.file)?.[1]
      if (version === undefined) continue
      const owner = ownerOf(frame)
      if (owner !== 'runtime' && owner !== 'standard') continue
      if (found !== null && found !== `go${version}`) return null
      found = `go${version}`
    }
  return found
}

/** States by the version that first printed them. */
const SINCE: Record<string, number> = {
  'sync.Cond.Wait': 11,
  'sync.Mutex.Lock': 20,
  'sync.RWMutex.Lock': 20,
  'sync.RWMutex.RLock': 20,
  coroutine: 23,
  'sync.WaitGroup.Wait': 24,
  'synctest.Run': 24,
  'synctest.Wait': 24,
  'GOMAXPROCS updater (idle)': 25,
  'cleanup wait': 25,
}

/** The earliest Go that prints such a dump, as `Go 1.21`; null where nothing in it is new. */
export function earliestGo({ states, parent, flags, labels, bubbles }: GoroutineTable): string | null {
  let minor = Math.max(0, ...states.map(state => SINCE[state] ?? 0))
  if (minor < 21 && parent.some(id => id > 0)) minor = 21
  if (minor < 24 && bubbles.size > 0) minor = 24
  if (minor < 25 && flags.some(bits => bits & GoroutineFlag.durable)) minor = 25
  if (minor < 26 && (labels.size > 0 || flags.some(bits => bits & GoroutineFlag.leaked))) minor = 26
  return minor === 0 ? null : `Go 1.${minor}`
}
