/** What the user states about a capture, held against the evidence: a mistyped pid must not pass for an answer. */
import type { Analysis } from '../model/analysis.js'
import { livesOfPid } from '../model/lives.js'
import type { Ref } from '../model/ref.js'

/** So many of those that are known are named. */
const NAMED = 8

/**
 * Says where a process or unit that the question is about is not among those of the evidence. Where it names none at all (a
 * goroutine dump bears no pid), what the user states is all that is known.
 */
export function checkStated(analysis: Analysis): void {
  const { manifest, sources, diagnostics, units } = analysis.capture
  if (sources.length === 0) return
  const first: Ref = { source: sources[0].path, line: 1 }
  if (manifest.pid !== null && analysis.processes.length > 0 && livesOfPid(analysis, manifest.pid).length === 0)
    diagnostics.add(
      'capture.pid-not-seen',
      'info',
      `The question is about pid ${manifest.pid}, and the evidence knows no such process: what is told is of others.`,
      first,
      remedy(
        'pid',
        analysis.processes.map(p => `${p.pid}${p.comm === null ? '' : ` (${p.comm})`}`),
      ),
    )
  if (manifest.unit === null) return
  const known = new Set([
    ...analysis.lifecycle.map(e => e.unit),
    ...units.map(u => u.unit),
    ...(analysis.unitByPid?.values() ?? []),
  ])
  known.delete(null)
  if (known.size > 0 && !known.has(manifest.unit))
    diagnostics.add(
      'capture.unit-not-seen',
      'info',
      `The question is about ${manifest.unit}, and the evidence knows no such unit: what is told is of others.`,
      first,
      remedy(
        'unit',
        [...known].filter(unit => unit !== null),
      ),
    )
}

function remedy(what: string, known: readonly string[]): string {
  const names = [...new Set(known)]
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `Known are ${names.slice(0, NAMED).join(', ')}${more}. State one of them, or bring evidence of the ${what}.`
}
