import type { Core } from '../../../src/model/core.js'
import type { GoroutineSnapshot } from '../../../src/model/goroutine.js'
import type { Image } from '../image.js'
import { readGoroutines } from './goroutines.js'
import { GoObjects } from './objects.js'
import type { GoRuntime } from './runtime.js'
import type { Scheduler } from './scheduler.js'

/**
 * All goroutines of a core, with the threads that run them and the objects that they wait on; the rows whose stack is not
 * whole, and how many entries of the runtime's list are no goroutines.
 */
export function snapshotOf(
  core: Core,
  { elf, memory }: Image,
  runtime: GoRuntime,
  scheduler: Scheduler,
): { snapshot: GoroutineSnapshot; cut: number[]; unreadable: number } {
  const now = scheduler.now()
  const objects = new GoObjects(core.source, memory, runtime.layout, now)
  const { table, detail, cut, unreadable } = readGoroutines(
    memory,
    elf.machine,
    runtime,
    scheduler.running,
    now,
    objects,
  )
  const snapshot = {
    source: core.source,
    format: 'core',
    goVersion: core.goVersion,
    pid: core.pid,
    takenNs: Number.isNaN(now) ? null : now,
    truncated: core.truncated,
    line: 0,
    table,
    threads: core.threads,
    objects: objects.list(),
    detail,
  }
  return { snapshot, cut, unreadable }
}
