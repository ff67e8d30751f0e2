import type { Analysis } from '../model/analysis.js'

/**
 * Gives dumps and crash texts that were lifted out of a journal what the journal knows of them: when they were written and
 * by which process. Of several in one text only the first has the time of the text's first line.
 */
export function addLifted(analysis: Analysis): void {
  const { sources, snapshots, crashes } = analysis.capture
  for (const source of sources) {
    const from = source.derivedFrom
    if (!from) continue
    const snapshot = snapshots.find(s => s.source === source.path)
    if (snapshot) snapshot.takenNs ??= from.ns ?? null
    const crash = crashes.find(c => c.source === source.path)
    if (crash) crash.ns ??= from.ns ?? null
    for (const s of snapshots) if (s.source === source.path) s.pid ??= from.pid ?? null
    for (const c of crashes) if (c.source === source.path) c.pid ??= from.pid ?? null
  }
}
