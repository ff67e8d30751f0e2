import type { Capture } from '../model/capture.js'
import type { Diagnostic } from '../model/diagnostic.js'
import type { ReportDiagnostic, ReportSource } from '../model/report.js'
import type { Parents } from './parents.js'

/** The inputs as the user gave them; what was lifted out of one counts as part of it. */
export function reportSources(capture: Capture, diagnostics: readonly ReportDiagnostic[]): ReportSource[] {
  const skipped = new Map<string, ReportSource['skipped']>()
  for (const { severity, first, code, count, remedy } of diagnostics) {
    if (severity !== 'loss') continue
    const list = skipped.get(first.source) ?? []
    skipped.set(first.source, list)
    list.push({ code, count, first, remedy })
  }
  return capture.sources
    .filter(source => !source.derivedFrom)
    .map(({ path, kind, sha256, bytes, records, clock, alignment, about }) => ({
      path,
      kind,
      sha256,
      bytes,
      records,
      skipped: skipped.get(path) ?? [],
      clock: {
        domain: clock.domain,
        offsetNs: nanoseconds(alignment.offsetNs),
        uncertaintyNs: nanoseconds(alignment.uncertaintyNs),
        basis: alignment.basis,
      },
      about,
    }))
}

/** Diagnostics with their places in the user's own files; those of several lifted-out texts of one file are counted together. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], parents: Parents): ReportDiagnostic[] {
  const byKey = new Map<string, ReportDiagnostic>()
  for (const { code, severity, text, count, first, remedy } of diagnostics) {
    const at = parents.ref(first)
    const key = `${code}\0${at.source}`
    const known = byKey.get(key)
    if (known) known.count += count
    else byKey.set(key, { code, severity, text: sentence(text), count, first: at, remedy: sentence(remedy) })
  }
  return [...byKey.values()]
}

/** Parsers say things in their own way; a reader gets whole sentences, which stand one behind the other. */
function sentence(text: string): string {
  const first = /^[a-z]+[ ,;:]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text
  return /[.!?:…]$/.test(first) ? first : `${first}.`
}

function nanoseconds(ns: number | null): string | null {
  return ns === null ? null : String(Math.round(ns))
}
