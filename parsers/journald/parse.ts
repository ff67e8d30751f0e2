import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import type { Ref } from '../../src/model/ref.js'
import { linesOf, utf8, withoutAnsi } from '../../src/model/text.js'
import { JournalClock } from '../shared/journal/clock.js'
import { JournalCollector } from '../shared/journal/collect.js'
import { blankEntry, entryFromFields, KEPT_FIELDS } from '../shared/journal/entry.js'
import { LineReader } from '../shared/journal/lines.js'
import { META_LINE } from '../shared/journal/shapes.js'
import { entriesOf } from './export.js'
import { objectsOf, valueText } from './json.js'
import { recognise } from './modes.js'
import { verboseEntriesOf } from './verbose.js'

const RE_EXPORT = 'Export again with journalctl -o export; leave out filters that cut lines.'

/** Reads journals in every output mode of journalctl, syslog files and dmesg. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  for (const input of inputs) {
    const mode = recognise(input.head)?.mode ?? 'cat'
    if (mode === 'json') readJson(input, sink)
    else if (mode === 'export') readExport(input, sink)
    else if (mode === 'verbose') readVerbose(input, sink)
    else if (mode === 'cat') readCat(input, sink)
    else {
      const collector = new JournalCollector(input, sink, mode === 'kernel' ? 'dmesg' : 'short', { expandedTabs: true })
      const reader = new LineReader(input.source, collector, mode === 'kernel')
      for (const { line, text } of linesOf(input.chunks())) reader.line(line, text)
      reader.finish(sink)
      collector.finish()
    }
    sink.progress(input.size)
  }
}

function readJson(input: Input, sink: Sink): void {
  const { source } = input
  const collector = new JournalCollector(input, sink, 'json')
  const clock = new JournalClock()
  let boot: string | null = null
  let kernelOnly = false
  for (const piece of objectsOf(input.chunks())) {
    const at = { source: source.path, line: piece.line }
    if (piece.type === 'cut') {
      sayCut(sink, at)
      continue
    }
    if (piece.type !== 'object') {
      // `dmesg --json` puts its entries into an object of their own.
      if (/^[\s{}\][]*(?:"dmesg"\s*:)?[\s{}\][,]*$/.test(piece.text.slice(0, 200))) continue
      if (piece.type === 'stray' && META_LINE.test(piece.text.trim())) continue
      if (piece.type === 'torn')
        sink.diagnose('journald.torn-entry', 'loss', 'An entry was cut off and could not be read.', at, RE_EXPORT)
      else sink.diagnose('journald.stray-line', 'loss', 'Text between the entries.', at, RE_EXPORT)
      continue
    }
    let object: Record<string, unknown>
    try {
      object = JSON.parse(piece.text)
    } catch {
      sink.diagnose('journald.torn-entry', 'loss', 'An entry was cut off and could not be read.', at, RE_EXPORT)
      continue
    }
    if (typeof object.msg === 'string' && typeof object.time === 'number' && object.MESSAGE === undefined) {
      kernelOnly = true
      const micros = Math.round(object.time * 1e6)
      const entry = blankEntry(source.path, piece.line)
      entry.message = withoutAnsi(object.msg)
      entry.ns = clock.ns(micros)
      entry.monotonicNs = micros * 1000
      entry.identifier = 'kernel'
      entry.transport = 'kernel'
      collector.add(entry, 0)
      continue
    }
    const fields: Record<string, string> = {}
    let known = 0
    for (const name in object) {
      if (!KEPT_FIELDS.has(name)) continue
      known++
      const text = name === 'MESSAGE' ? null : valueText(object[name])
      if (text !== null) fields[name] = text
    }
    if (known === 0) {
      sink.diagnose(
        'journald.not-an-entry',
        'loss',
        'A JSON object without a field of the journal.',
        at,
        'Keep one format per file.',
      )
      continue
    }
    const message = object.MESSAGE === undefined ? null : valueText(object.MESSAGE)
    const entry = entryFromFields(source.path, { line: piece.line, offset: null }, fields, message, clock)
    boot = entry.bootId ?? boot
    if (object.MESSAGE === null) collector.addUnprintable(entry)
    else collector.add(entry, 0)
  }
  collector.finish()
  clock.describe(source, kernelOnly ? 'monotonic' : 'realtime', 1000, boot === null ? {} : { bootId: boot })
}

function readExport(input: Input, sink: Sink): void {
  const { source } = input
  const collector = new JournalCollector(input, sink, 'export')
  const clock = new JournalClock()
  let boot: string | null = null
  for (const piece of entriesOf(input.chunks())) {
    if (piece.type === 'corrupt') {
      const at = { source: source.path, offset: piece.offset }
      if (piece.atEnd) sayCut(sink, at)
      else
        sink.diagnose(
          'journald.torn-entry',
          'loss',
          'A damaged or cut entry; reading went on at the next one.',
          at,
          RE_EXPORT,
        )
      continue
    }
    const { fields, offset } = piece.entry
    const entry = entryFromFields(source.path, { line: null, offset }, fields, fields.MESSAGE ?? null, clock)
    boot = entry.bootId ?? boot
    collector.add(entry, 0)
  }
  collector.finish()
  clock.describe(source, 'realtime', 1000, boot === null ? {} : { bootId: boot })
}

function readVerbose(input: Input, sink: Sink): void {
  const { source } = input
  const collector = new JournalCollector(input, sink, 'verbose', { expandedTabs: true })
  const clock = new JournalClock()
  let boot: string | null = null
  for (const piece of verboseEntriesOf(input.chunks())) {
    if (piece.type === 'stray') {
      const at = { source: source.path, line: piece.line }
      sink.diagnose('journald.stray-line', 'loss', 'Lines between the entries that belong to none.', at, RE_EXPORT)
      continue
    }
    const { fields } = piece
    const blob = /^\[(\d[\d.]*[KMGT]?B?) blob data\]$/.exec(fields.MESSAGE ?? '')
    const message = blob ? null : (fields.MESSAGE ?? null)
    const entry = entryFromFields(source.path, { line: piece.line, offset: null }, fields, message, clock)
    boot = entry.bootId ?? boot
    if (blob) collector.addUnprintable(entry)
    // The lines of a message stand below the field, which stands below the entry's first line.
    else if (message?.includes('\n')) collector.add({ ...entry, line: piece.messageLine }, 1)
    else collector.add(entry, 0)
  }
  collector.finish()
  clock.describe(source, 'realtime', 1000, boot === null ? {} : { bootId: boot })
}

/** The last entry of a stream that is still growing, or of a file that was cut. */
function sayCut(sink: Sink, at: Ref): void {
  sink.diagnose(
    'journald.cut-at-end',
    'info',
    'The input ends within an entry, which is not read.',
    at,
    'Nothing to do where the stream was still growing; else export again.',
  )
}

/** `-o cat`: messages alone. Neither times nor writers are known, and the lines of one message cannot be told from several. */
function readCat(input: Input, sink: Sink): void {
  const { source } = input
  const collector = new JournalCollector(input, sink, 'cat')
  for (const { line, text } of linesOf(input.chunks())) {
    if (META_LINE.test(utf8(text.slice(0, 200)))) continue
    const entry = blankEntry(source.path, line)
    entry.message = withoutAnsi(utf8(text))
    collector.add(entry, 0)
  }
  collector.finish()
  if (source.records > 0)
    sink.diagnose(
      'journald.no-times',
      'info',
      'This journal was exported without times and writers.',
      { source: source.path, line: 1 },
      'Export with journalctl -o export or -o short-iso-precise instead of -o cat.',
    )
}
