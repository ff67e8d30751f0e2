import type { Ref } from '../model/ref.js'
import type { Source } from '../model/source.js'

/** Text can be lifted out of text that was lifted out; no chain is longer than this. */
const MAX_DEPTH = 8

/** Refs and source names as the user's own files have them. */
export interface Parents {
  /** False where nothing was lifted out of anything: every ref is right as it is. */
  any: boolean
  /** Where a ref really stands: a line of a dump that was lifted out of a journal is a line of the journal. */
  ref(ref: Ref): Ref
  /** The file that a source was lifted out of, or the source itself. */
  source(path: string): string
}

/** Turns what was read from lifted-out text back to the files it was lifted from. */
export function parentsOf(sources: readonly Source[]): Parents {
  const derived = new Map<string, NonNullable<Source['derivedFrom']>>()
  for (const source of sources) if (source.derivedFrom) derived.set(source.path, source.derivedFrom)
  return {
    any: derived.size > 0,
    ref(ref) {
      let at = ref
      for (let depth = 0; depth < MAX_DEPTH; depth++) {
        const from = derived.get(at.source)
        if (!from) break
        at = { source: from.source, ...(at.line === undefined ? undefined : from.lines[at.line - 1]) }
      }
      return at
    },
    source(path) {
      let at = path
      for (let depth = 0; depth < MAX_DEPTH; depth++) {
        const from = derived.get(at)
        if (!from) break
        at = from.source
      }
      return at
    },
  }
}

/**
 * A copy of plain data in which every ref and every `source` is the user's own file. Works on the finished report, so
 * that no list can be forgotten.
 */
export function toParents<T>(value: T, parents: Parents): T {
  if (!parents.any) return value
  const walk = (v: unknown): unknown => {
    if (Array.isArray(v)) return v.map(walk)
    if (v === null || typeof v !== 'object') return v
    const object = v as Record<string, unknown>
    if (isRef(object)) return parents.ref(object as unknown as Ref)
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(object)) {
      const part = object[key]
      copy[key] = key === 'source' && typeof part === 'string' ? parents.source(part) : walk(part)
    }
    return copy
  }
  return walk(value) as T
}

function isRef(object: Record<string, unknown>): boolean {
  const keys = Object.keys(object)
  return (
    typeof object.source === 'string' &&
    keys.every(key => key === 'source' || key === 'line' || key === 'offset') &&
    keys.length <= 3
  )
}
