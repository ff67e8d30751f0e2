import type { Input } from '../../src/model/input.js'
import type { UnitFile } from '../../src/model/lifecycle.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf, utf8 } from '../../src/model/text.js'
import { JournalCollector } from '../shared/journal/collect.js'
import { LineReader } from '../shared/journal/lines.js'
import { readStamp } from '../shared/journal/stamp.js'
import { emitState } from '../shared/lifecycle/state.js'
import { STATUS_HEAD } from './forms.js'

/** ` Active: failed (Result: signal) since Tue 2026-11-24 00:12:40 UTC; 5min ago` */
const ACTIVE = /^(\S+)(?: \(([^)]*)\))?(?: since (.+?); )?/
/** `Main PID: 1305 (code=killed, signal=PIPE)` or `Main PID: 96 (chatty)`; `Process: 1305 ExecStart=/x (code=exited, status=1/FAILURE)` */
const ENDED = /^(\d+).*\(code=(exited|killed|dumped), (?:status|signal)=(\w+)(?:\/(\w+))?[^)]*\)$/

/**
 * Reads `systemctl status` of one or more units: the block of facts becomes a unit in the same words as `systemctl show`
 * prints, the last lines of the journal under it become entries.
 */
export function readStatus(input: Input, sink: Sink): void {
  const { source } = input
  const collector = new JournalCollector(input, sink, 'status', { expandedTabs: true })
  const reader = new LineReader(source, collector, false)
  let unit: UnitFile | null = null
  /** The facts end with an empty line; after it the journal begins. */
  let inFacts = false
  let last = ''

  const close = () => {
    reader.close()
    if (!unit) return
    sink.units.push(unit)
    emitState(source, unit, sink, date => {
      const stamp = readStamp(`${date} `)
      return stamp ? reader.clock.ns(stamp) : null
    })
    unit = null
  }

  for (const { line, text: raw } of linesOf(input.chunks())) {
    const text = utf8(raw)
    const head = inFacts ? null : STATUS_HEAD.exec(text)
    if (head && !readStamp(text)) {
      close()
      inFacts = true
      unit = { source: source.path, unit: head[1], form: 'show', directives: [] }
      put(unit, 'Id', head[1], line)
      if (head[2] !== undefined) put(unit, 'Description', head[2], line)
      continue
    }
    if (!inFacts || !unit) {
      if (text.startsWith('Warning: ') || text.startsWith('Hint: ')) continue
      reader.line(line, raw)
      continue
    }
    if (text.trim() === '') {
      inFacts = false
      continue
    }
    // Before release 248 the names are set to the left of a narrower column: ` Main PID` has one space.
    const fact = /^ {1,12}([A-Z][\w -]{1,20}): (.*)$/.exec(text)
    if (!fact) {
      if (last === 'Drop-In' && text.trim().endsWith('.conf'))
        put(unit, 'DropInPaths', text.trim().replace(/^[└├─│ ]+/, ''), line)
      continue
    }
    last = fact[1]
    readFact(unit, fact[1], fact[2], line, date => reader.clock.hint(date, false))
  }
  close()
  reader.finish(sink)
  collector.finish()
}

function put(unit: UnitFile, key: string, value: string, line: number): void {
  unit.directives.push({ section: '', key, value, ref: { source: unit.source, line } })
}

function readFact(unit: UnitFile, name: string, value: string, line: number, date: (text: string) => void): void {
  if (name === 'Loaded') {
    const m = /^(\S+)(?: \((\/[^;)]*))?/.exec(value)
    if (m) put(unit, 'LoadState', m[1], line)
    if (m?.[2] !== undefined) put(unit, 'FragmentPath', m[2], line)
  } else if (name === 'Active') {
    const m = ACTIVE.exec(value)
    if (!m) return
    put(unit, 'ActiveState', m[1], line)
    const result = /^Result: (.+)$/.exec(m[2] ?? '')
    if (result) put(unit, 'Result', result[1], line)
    else if (m[2] !== undefined) put(unit, 'SubState', m[2], line)
    if (m[3] !== undefined) {
      date(m[3])
      const inactive = m[1] === 'inactive' || m[1] === 'failed'
      put(unit, inactive ? 'InactiveEnterTimestamp' : 'ActiveEnterTimestamp', m[3], line)
    }
  } else if (name === 'Main PID') {
    const m = ENDED.exec(value)
    const pid = /^\d+/.exec(value)?.[0]
    if (pid === undefined) return
    put(unit, 'ExecMainPID', pid, line)
    if (m) {
      put(unit, 'ExecMainCode', m[2], line)
      put(unit, 'ExecMainStatus', m[4] === undefined ? m[3] : `${m[3]}/${m[4]}`, line)
    } else put(unit, 'MainPID', pid, line)
  } else if (name === 'Process') {
    const m = /^\d+ (Exec\w+)=(.*?) ?(?:\(code=.*)?$/.exec(value)
    if (m) put(unit, m[1], m[2], line)
  } else if (name === 'Status') put(unit, 'StatusText', value, line)
}
