/** The goroutines of listings: plain ones, with stacks (`-t`), and by groups (`-group`). */
import * as grammar from './lines.js'
import { Listing, type ShownGoroutine } from './listing.js'
import type { SessionState } from './session-state.js'

export class RowReader {
  /** The listing that is being printed; null between listings. */
  listing: Listing | null = null
  /** Its last goroutine, whose stack and labels may follow. */
  row: ShownGoroutine | null = null
  /** The command that printed it left goroutines out. */
  filtered = false
  /** Of a listing by groups: rows since the last total; null in a plain listing. */
  #groupRows: number | null = null

  constructor(
    readonly source: string,
    readonly state: SessionState,
    /** Gives the frame that is being printed its words, before its row ends. */
    readonly endFrame: () => void,
  ) {}

  /** Takes a line of a listing; false where it is none. */
  take(line: number, text: string): boolean {
    const shown = grammar.goroutineLine(text)
    if (shown) {
      this.#start(line, shown)
      return true
    }
    if (this.listing === null) return false
    const claimed = /^\[(\d{1,15}) goroutines\]$/.exec(text)
    if (claimed) {
      this.listing.claimed = Number(claimed[1])
      this.end()
      return true
    }
    const total = /^\t{1,2}Total: (\d{1,15})$/.exec(text)
    if (total) {
      this.#endGroup(Number(total[1]))
      return true
    }
    const labels = grammar.labelsLine(text)
    if (labels && this.row) {
      this.row.labels = labels
      return true
    }
    if (text === 'Too many groups') this.listing.partial = true
    return text === 'Too many groups'
  }

  /** Headings of a grouped listing: `FILE:LINE in FUNC`, or the value of a label. */
  isHeading(text: string): boolean {
    return this.listing !== null && (/:\d{1,9} in \S/.test(text) || this.#groupRows !== null)
  }

  /** The listing is over. */
  end(): void {
    this.#endRow()
    this.listing = null
    this.#groupRows = null
    this.filtered = false
  }

  #start(line: number, shown: NonNullable<ReturnType<typeof grammar.goroutineLine>>): void {
    this.listing ??= this.#newListing(line)
    this.#endRow()
    const { location, kind, reason, grouped, ...rest } = shown
    if (grouped) {
      this.listing.format = 'delve-groups'
      this.#groupRows = (this.#groupRows ?? 0) + 1
    }
    const go = kind === 'Go' && location !== null && location.func !== 'runtime.newproc'
    this.row = {
      ...rest,
      line,
      count: 1,
      state: reason ?? '',
      frames: kind === 'Go' || location === null ? [] : [location],
      createdBy: go ? location : null,
      elided: true,
      labels: null,
    }
    if (shown.selected) this.state.current = { goroutine: shown.id, thread: shown.thread }
    this.state.records++
  }

  #newListing(line: number): Listing {
    const listing = new Listing(this.source, line, 'delve-goroutines')
    listing.partial = this.filtered
    this.state.stretch.listings.push(listing)
    return listing
  }

  #endRow(): void {
    this.endFrame()
    if (this.row) this.listing?.add(this.row)
    this.row = null
  }

  /** `Total: 12` below at most five goroutines: the rest is one row of its own. */
  #endGroup(total: number): void {
    const last = this.row
    this.#endRow()
    const rest = total - (this.#groupRows ?? 0)
    if (last && rest > 0)
      this.listing?.add({ ...last, id: 0, count: rest, thread: null, since: null, selected: false, labels: null })
    this.#groupRows = 0
  }
}
