import type { Input } from '../model/input.js'
import { type Ref, refKey } from '../model/ref.js'
import type { Excerpt } from '../model/report.js'
import type { Source } from '../model/source.js'
import { withoutAnsi } from '../model/text.js'
import { type Cuts, LIMITS } from './limits.js'
import { LineReader } from './lines.js'
import { quoteBytes, quoteLine } from './quote.js'

/** A place that something in the report rests on, and how much around it helps to read it. */
export interface Citation {
  ref: Ref
  /** Lines before and after it that are quoted too. */
  before: number
  after: number
}

interface Planned {
  cited: boolean
}

/**
 * The raw lines that the report cites, with their neighbours, in the order of the inputs. Citations come most important
 * first: when there are more than a report can hold, the last ones go without a quotation and are counted.
 */
export function excerpts(
  citations: Iterable<Citation>,
  inputs: readonly Input[],
  sources: readonly Source[],
  cuts: Cuts,
): Excerpt[] {
  const byPath = new Map(inputs.map(input => [input.source.path, input]))
  const lines = new Map<string, Map<number, Planned>>()
  const offsets = new Map<string, Set<number>>()
  const seen = new Set<string>()
  let room = LIMITS.excerptLines
  for (const { ref, before, after } of citations) {
    const input = byPath.get(ref.source)
    if (!input || (ref.line === undefined && ref.offset === undefined)) continue
    if (room <= 0) {
      const key = refKey(ref)
      if (!seen.has(key)) cuts.add('evidence', 1)
      seen.add(key)
      continue
    }
    if (ref.line === undefined) {
      const known = offsets.get(ref.source) ?? new Set()
      offsets.set(ref.source, known)
      if (!known.has(ref.offset!)) room--
      known.add(ref.offset!)
      continue
    }
    const plan = lines.get(ref.source) ?? new Map<number, Planned>()
    lines.set(ref.source, plan)
    for (let line = Math.max(1, ref.line - before); line <= ref.line + after; line++) {
      const cited = line === ref.line
      const known = plan.get(line)
      if (known) known.cited ||= cited
      else {
        plan.set(line, { cited })
        room--
      }
    }
  }

  const out: Excerpt[] = []
  const names = anchorNames(sources.map(source => source.path))
  let bytes = 0
  const add = (ref: Ref, quoted: { text: string; cut: boolean }, cited: boolean) => {
    if (bytes > LIMITS.excerptBytes) {
      if (cited) cuts.add('evidence', 1)
      return
    }
    bytes += quoted.text.length
    const id = `e-${names.get(ref.source)}-${ref.line ?? `x${(ref.offset ?? 0).toString(16)}`}`
    out.push({ ref, id, text: withoutAnsi(quoted.text), cut: quoted.cut, cited })
  }
  for (const source of sources) {
    const input = byPath.get(source.path)
    if (!input) continue
    const plan = lines.get(source.path)
    if (plan) {
      const reader = new LineReader(input, source.lineIndex)
      for (const line of [...plan.keys()].sort((a, b) => a - b)) {
        const quoted = quoteLine(reader, line)
        if (quoted) add({ source: source.path, line }, quoted, plan.get(line)!.cited)
      }
    }
    for (const offset of [...(offsets.get(source.path) ?? [])].sort((a, b) => a - b))
      add({ source: source.path, offset }, quoteBytes(input, offset), true)
  }
  return out
}

/** Short names of paths that can stand in an HTML id: letters, digits, `.`, `_`, `-`; never the same twice. */
function anchorNames(paths: readonly string[]): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const path of paths) {
    const plain = path.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-60)
    let name = plain
    for (let n = 2; taken.has(name); n++) name = `${plain}.${n}`
    taken.add(name)
    names.set(path, name)
  }
  return names
}
