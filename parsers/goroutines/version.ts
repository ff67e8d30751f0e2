import { ownerOf } from '../../src/model/go-frames.js'
import type { Stack } from '../../src/model/goroutine.js'

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
