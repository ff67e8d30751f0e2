/** Inputs in memory, for tests. */
import type { Source } from '../../src/model/source.js'
import { noClock, unaligned } from '../../src/model/source.js'

export { MemoryInput } from '../../src/intake/input.js'

export function newSource(path: string, bytes: number, over: Partial<Source> = {}): Source {
  return {
    path,
    kind: 'strace',
    bytes,
    sha256: 'ab'.repeat(32),
    records: 0,
    clock: noClock(),
    alignment: unaligned(),
    about: {},
    ...over,
  }
}
