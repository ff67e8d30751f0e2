/** Profiler labels of a goroutine: runtime/pprof label.go. A map up to Go 1.23, a sorted list from Go 1.24. */
import type { Memory } from '../memory.js'
import { goString } from './buildinfo.js'

const MOST_LABELS = 1000
const LONGEST_LABEL = 4096
/** runtime/map.go: a bucket holds eight keys, then eight values, then the overflow pointer. */
const BUCKET = 8 + 8 * 16 + 8 * 16 + 8

/** The labels behind `g.labels`; null where they make no sense. */
export function labelsAt(memory: Memory, pointer: number, minor: number | null): Record<string, string> | null {
  if (minor === null) return labelList(memory, pointer) ?? labelMap(memory, pointer)
  return minor >= 24 ? labelList(memory, pointer) : labelMap(memory, pointer)
}

/** `type labelMap struct{ LabelSet }`, `LabelSet struct{ list []label }`, `label struct{ key, value string }`. */
function labelList(memory: Memory, pointer: number): Record<string, string> | null {
  const data = memory.u64(pointer)
  const length = memory.u64(pointer + 8)
  if (!(length > 0 && length <= MOST_LABELS)) return null
  const labels: Record<string, string> = {}
  for (let i = 0; i < length; i++) if (!put(memory, labels, data + i * 32, data + i * 32 + 16)) return null
  return labels
}

/** `type labelMap map[string]string`: the pointer leads to a pointer to the map's header. */
function labelMap(memory: Memory, pointer: number): Record<string, string> | null {
  const header = memory.u64(pointer)
  const count = memory.u64(header)
  const b = memory.u8(header + 9)
  if (!(count > 0 && count <= MOST_LABELS) || b > 12) return null
  const labels: Record<string, string> = {}
  let left = count
  const tables: [number, number][] = [[memory.u64(header + 16), 2 ** b]]
  // While the map grows, what was not moved yet is in the old buckets.
  const old = memory.u64(header + 24)
  if (old > 0) tables.push([old, 2 ** Math.max(0, b - 1)])
  for (const [buckets, size] of tables)
    for (let i = 0; i < size && left > 0; i++)
      for (let at = buckets + i * BUCKET, hops = 0; at > 0 && hops < 64; at = memory.u64(at + BUCKET - 8), hops++)
        for (let slot = 0; slot < 8; slot++)
          // Up to 4 the mark says empty or moved away (runtime/map.go, minTopHash 5).
          if (memory.u8(at + slot) >= 5 && put(memory, labels, at + 8 + slot * 16, at + 136 + slot * 16)) left--
  return left < count ? labels : null
}

function put(memory: Memory, labels: Record<string, string>, key: number, value: number): boolean {
  const name = goString(memory, key, LONGEST_LABEL)
  const text = goString(memory, value, LONGEST_LABEL)
  if (name === null || text === null) return false
  Object.defineProperty(labels, name, { value: text, enumerable: true, configurable: true, writable: true })
  return true
}
