import { ownerOf } from '../../model/go-frames.js'
import type { Frame } from '../../model/goroutine.js'

const SYNC = /^(?:internal\/)?sync\./

/** Index of the innermost frame that is neither the runtime's nor of package sync: it calls Lock; -1 without one. */
export function lockingFrame(frames: readonly Frame[]): number {
  return frames.findIndex(f => ownerOf(f) !== 'runtime' && !SYNC.test(f.func))
}
