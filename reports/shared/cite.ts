import type { Ref } from '../../src/model/ref.js'
import type { Report } from '../../src/model/report.js'
import { oneLine } from './visible.js'

/** A citation as it is shown: one line, or several that follow each other. */
export interface Cite {
  /** `strace.txt:1467`, `strace.txt:1467–1470`, `core@0x1c8`, `units/app.service`. */
  label: string
  /** The whole path, where the label is shorter. */
  title: string
  /** The first of the places. */
  ref: Ref
}

/** Names sources as shortly as can be without a mix-up: the last part of the path, more of it where two end alike. */
export function sourceLabels(report: Report): Map<string, string> {
  const labels = new Map<string, string>()
  const paths = report.sources.map(source => source.path)
  const ending = (path: string, parts: number) => path.split('/').slice(-parts).join('/')
  for (let parts = 1; parts <= 8; parts++) {
    const counts = new Map<string, number>()
    for (const path of paths) counts.set(ending(path, parts), (counts.get(ending(path, parts)) ?? 0) + 1)
    for (const path of paths)
      if (!labels.has(path) && counts.get(ending(path, parts)) === 1) labels.set(path, ending(path, parts))
  }
  return labels
}

/** Refs as citations: in order, lines that follow each other in one. */
export function citesOf(refs: readonly Ref[], labels: ReadonlyMap<string, string>): Cite[] {
  const out: (Cite & { last: number | undefined })[] = []
  for (const ref of sorted(refs)) {
    const name = oneLine(labels.get(ref.source) ?? ref.source, 80)
    const before = out.at(-1)
    if (ref.line !== undefined && before?.ref.source === ref.source && before.last !== undefined) {
      if (before.last === ref.line) continue
      if (before.last + 1 === ref.line) {
        before.last = ref.line
        before.label = `${name}:${before.ref.line}–${ref.line}`
        continue
      }
    }
    const place =
      ref.line !== undefined ? `:${ref.line}` : ref.offset !== undefined ? `@0x${ref.offset.toString(16)}` : ''
    out.push({ label: name + place, title: oneLine(ref.source, 300) + place, ref, last: ref.line })
  }
  return out.map(({ label, title, ref }) => ({ label, title, ref }))
}

/** By source in the order of first mention, by place inside it; each place once. */
function sorted(refs: readonly Ref[]): Ref[] {
  const order = new Map<string, number>()
  for (const ref of refs) if (!order.has(ref.source)) order.set(ref.source, order.size)
  const place = (ref: Ref) => ref.line ?? ref.offset ?? -1
  return [...refs].sort((a, b) => order.get(a.source)! - order.get(b.source)! || place(a) - place(b))
}
