import type { Core } from '../../../src/model/core.js'
import type { CrashText } from '../../../src/model/goroutine.js'
import { EM_AARCH64 } from '../elf.js'
import type { Image } from '../image.js'
import { deathKind, panicOf, throwOf } from './death.js'
import type { GoRuntime } from './runtime.js'
import type { Scheduler } from './scheduler.js'

/** The panic or fatal error that the thread which took the signal shows, put as the runtime would have printed it. */
export function lastWords(
  core: Core,
  { elf, notes, memory }: Image,
  { tab, layout, minor }: GoRuntime,
  scheduler: Scheduler,
): CrashText | null {
  const [thread] = notes.threads
  if (thread === undefined || core.signal === null || tab === null) return null
  const { frames, goFrames } = scheduler.threadStack(thread)
  const kind = deathKind(frames)
  if (kind === null) return null
  const g = scheduler.curg(thread.tid)
  const death =
    kind === 'panic'
      ? g && panicOf(memory, g, layout, minor)
      : throwOf(memory, tab, goFrames, elf.machine === EM_AARCH64 ? 8 : 0, g?.id ?? null)
  if (!death) return null
  const { source, pid, refs } = core
  return { source, line: 0, ns: null, pid, exitStatus: null, refs, fromMemory: true, ...death }
}
