/** One journal with the entries of several hosts (`journalctl --merge`, journal-remote): their clocks are set against each other. */
import type { Capture } from '../../model/capture.js'
import type { Journal, JournalEntry } from '../../model/journal.js'
import { addTo } from '../../model/multimap.js'
import { refKey } from '../../model/ref.js'
import { counted, duration } from '../../model/words.js'
import { fitClock } from './fit.js'
import { journalTokens } from './tokens.js'

/** Two hosts' logs of one event can be this far apart without any clock being wrong. */
const AGREE_NS = 1e9

/**
 * Moves the entries of every host but the first onto the first one's clock, where ids that both logged show how their clocks
 * lie to each other. The times are changed in place, and the report is told.
 */
export function alignMerged(capture: Capture): void {
  for (const journal of capture.journals) {
    const hosts = byHost(journal)
    if (hosts.size < 2) continue
    const [first, ...others] = [...hosts].sort((a, b) => b[1].length - a[1].length)
    const boots = bootsOf(first[1])
    for (const [name, entries] of others) {
      // Containers call themselves otherwise, but run on the kernel and the clock of their host.
      if ([...bootsOf(entries)].some(boot => boots.has(boot))) continue
      const of = (list: JournalEntry[]) => journalTokens({ ...journal, entries: list })
      const fit = fitClock(of(first[1]), of(entries), { symmetric: true, grainNs: 1e9 })
      const ref = placeOf(journal, entries[0])
      if ('reason' in fit)
        capture.diagnostics.add(
          'clock.hosts-unchecked',
          'info',
          'Hosts of a merged journal have logged too little in common: their clocks are taken to agree.',
          ref,
          'Export the journals host by host, and state what is known of their clocks: --offset FILE=SECONDS.',
        )
      else if (Math.abs(fit.offsetNs) > AGREE_NS + fit.uncertaintyNs) {
        move(capture, journal, entries, fit.offsetNs)
        capture.diagnostics.add(
          'clock.host-moved',
          'info',
          `The clock of ${name} is ${duration(Math.abs(fit.offsetNs))} ${fit.offsetNs > 0 ? 'ahead of' : 'behind'} that of ${first[0]}, by ${counted(fit.matches, 'id')} that both logged: its entries are placed accordingly.`,
          ref,
          'Check the time synchronisation of both hosts (timedatectl, chronyc tracking).',
        )
      }
    }
  }
}

function bootsOf(entries: readonly JournalEntry[]): Set<string> {
  return new Set(entries.map(e => e.bootId).filter(boot => boot !== null))
}

function byHost({ entries }: Journal): Map<string, JournalEntry[]> {
  const hosts = new Map<string, JournalEntry[]>()
  for (const entry of entries) {
    if (entry.host === null) continue
    addTo(hosts, entry.host, entry)
  }
  return hosts
}

function move(capture: Capture, journal: Journal, entries: JournalEntry[], by: number): void {
  const moved = new Set<string>()
  for (const entry of entries) {
    if (entry.ns !== null) entry.ns -= by
    if (entry.receivedNs != null) entry.receivedNs -= by
    moved.add(refKey(placeOf(journal, entry)))
  }
  for (const event of capture.lifecycle)
    if (event.ns !== null && event.refs[0] && moved.has(refKey(event.refs[0]))) event.ns -= by
}

function placeOf(
  { source }: Journal,
  { line, offset }: JournalEntry,
): { source: string; line?: number; offset?: number } {
  return line !== null ? { source, line } : { source, offset: offset ?? 0 }
}
