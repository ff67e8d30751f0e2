/** Delve's own log (`--log`, `--log-output debugger,rpc,…`) as events of the timeline. */
import type { LogEvent } from '../../src/model/capture.js'
import type { SourceClock } from '../../src/model/time.js'

/** Events kept of one log. The rpc layer writes a line for each request and each answer; the first and the last tell. */
const KEPT = 5000
/** Characters kept of a message: the rpc layer prints whole states. */
const TEXT = 300

export interface LogLine {
  epochNs: bigint
  level: string
  layer: string
  message: string
}

/** From Delve 1.3 on: `2026-11-24T00:29:16Z debug layer=rpc API server pid = 3623`; more `key=value,` may follow the layer. */
const PLAIN =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (trace|debug|info|warning|warn|error|fatal|panic) ((?:[\w.-]{1,40}=[^ ,]{0,200},?){1,8}) ?(.*)$/
/** Before: `time="2018-10-31T14:12:01+01:00" level=info msg="attaching to pid 77" layer=debugger`. */
const LOGFMT =
  /^time="([^"]{1,40})" level=(\w{1,8}) msg="((?:[^"\\]|\\.){0,4096})"(?: ((?:[\w.-]{1,40}=\S{1,200} ?){0,8}))?/

/** A line of the log; null for anything else. */
export function logLine(text: string): LogLine | null {
  const plain = PLAIN.exec(text)
  if (plain) return toLine(plain[1], plain[2], plain[3], plain[4])
  const logfmt = LOGFMT.exec(text)
  return logfmt && toLine(logfmt[1], logfmt[2], logfmt[4] ?? '', logfmt[3].replace(/\\(["\\])/g, '$1'))
}

function toLine(time: string, level: string, fields: string, message: string): LogLine | null {
  const ms = Date.parse(time.replace(/\.\d+/, ''))
  if (Number.isNaN(ms)) return null
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? ''
  return {
    epochNs: BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0')),
    level: level === 'warn' ? 'warning' : level,
    layer: /\blayer=([^ ,]+)/.exec(fields)?.[1] ?? 'log',
    message,
  }
}

/** Collects the events of one source; `finish` gives them and the clock they are on. */
export class DelveLog {
  #first: LogEvent[] = []
  #last: LogEvent[] = []
  #base: bigint | null = null
  #fine = false
  /** Events that were left out to keep the number bounded. */
  left = 0
  /** Process that Delve started or attached to, where its log names it. */
  target: number | null = null

  constructor(readonly source: string) {}

  add(line: LogLine, at: number): void {
    this.#base ??= line.epochNs
    if (line.epochNs % 1_000_000_000n !== 0n) this.#fine = true
    const target = /^attaching to pid (\d{1,10})|^(?:launched|created) process with pid:? ?(\d{1,10})/.exec(
      line.message,
    )
    if (target) this.target = Number(target[1] ?? target[2])
    this.#keep({
      source: this.source,
      ns: Number(line.epochNs - this.#base),
      kind: `delve-${line.layer}`,
      text: `${line.level === 'debug' || line.level === 'info' ? '' : `${line.level}: `}${line.message.slice(0, TEXT)}`,
      pid: this.target,
      ref: { source: this.source, line: at },
    })
  }

  /** Something that Delve printed without a time: a stop, an exit of the target, a failed command. */
  note(kind: string, text: string, at: number, pid: number | null = null): void {
    this.#keep({
      source: this.source,
      ns: null,
      kind,
      text: text.slice(0, TEXT),
      pid,
      ref: { source: this.source, line: at },
    })
  }

  finish(): { events: LogEvent[]; clock: SourceClock | null } {
    const clock: SourceClock | null =
      this.#base === null ? null : { domain: 'realtime', base: this.#base, resolutionNs: this.#fine ? 1 : 1e9 }
    return { events: [...this.#first, ...this.#last], clock }
  }

  #keep(event: LogEvent): void {
    if (this.#first.length < KEPT / 2) this.#first.push(event)
    else {
      this.#last.push(event)
      // Cut in halves now and then rather than one by one, which would move the whole list each time.
      if (this.#last.length > KEPT) {
        this.left += KEPT / 2
        this.#last.splice(0, KEPT / 2)
      }
    }
  }
}
