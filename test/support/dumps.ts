/** Reads goroutine dumps out of text that a test writes down, without the rest of the pipeline. */
import { parse } from '../../parsers/goroutines/parse.js'
import { newSource } from '../../src/intake/index.js'
import { type Capture, emptyCapture } from '../../src/model/capture.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import { type GoroutineSnapshot, PRIMITIVES } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'

/** An input in memory that is handed out in pieces of `size` bytes. */
export function inputOf(content: string | Uint8Array, size = 1 << 20, path = 'dump.txt'): Input {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return {
    source: newSource(path, bytes.length, ''),
    size: bytes.length,
    head: bytes.subarray(0, 1 << 16),
    file: null,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    *chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    },
  }
}

/** What the goroutine parser reads from a text. */
export async function readDumps(content: string | Uint8Array, size?: number): Promise<Capture & { input: Input }> {
  const input = inputOf(content, size)
  const diagnostics = new Diagnostics()
  const capture = emptyCapture('capture', diagnostics)
  await parse([input], {
    ...capture,
    diagnose: (code, severity, text, first, remedy, count = 1) =>
      diagnostics.add(code, severity, text, first, remedy, count),
    progress: () => {},
    derive: () => {},
  })
  return { ...capture, input }
}

/** Everything that a snapshot says of its goroutines, row by row, in a form that can be compared. */
export function rowsOf({ table }: GoroutineSnapshot) {
  return Array.from({ length: table.length }, (_, row) => ({
    id: table.ids[row],
    count: table.counts?.[row] ?? 1,
    state: table.states[table.state[row]],
    primitive: PRIMITIVES[table.primitive[row]],
    minutes: Number.isNaN(table.waitNs[row]) ? null : table.waitNs[row] / 60e9,
    object: table.object[row],
    parent: table.parent[row],
    flags: table.flags[row],
    labels: table.labels.get(row) ?? null,
    bubble: table.bubbles.get(row) ?? null,
    stack: table.stacks[table.stack[row]],
  }))
}

/** `loss` diagnostics as `code:count`. */
export function lossesOf(capture: Capture): string[] {
  return capture.diagnostics
    .list()
    .filter(d => d.severity !== 'info')
    .map(d => `${d.code}:${d.count}`)
}
