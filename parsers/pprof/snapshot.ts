import type { GoroutineSnapshot, GoroutineTable } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'

/** The snapshot of a profile: it has no ids, and no more of a goroutine than its row says. */
export function snapshotOf(
  input: Input,
  format: 'debug1' | 'proto',
  table: GoroutineTable,
  more: Pick<GoroutineSnapshot, 'truncated' | 'line' | 'takenNs'>,
): GoroutineSnapshot {
  return {
    source: input.source.path,
    format,
    goVersion: null,
    pid: null,
    table,
    threads: [],
    objects: [],
    detail(row) {
      const { frames, createdBy } = table.stacks[table.stack[row]]
      return { frames: [...frames], createdBy, registers: null }
    },
    ...more,
  }
}
