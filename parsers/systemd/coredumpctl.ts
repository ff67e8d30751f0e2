import type { Input } from '../../src/model/input.js'
import type { LifecycleEvent } from '../../src/model/lifecycle.js'
import type { Sink } from '../../src/model/parser.js'
import { signalName, signalNumber } from '../../src/model/signal-names.js'
import type { Source } from '../../src/model/source.js'
import { linesOf, utf8 } from '../../src/model/text.js'
import { readStamp } from '../shared/journal/stamp.js'
import { framesOf } from '../shared/lifecycle/coredump.js'

type Place = { source: string; line: number }
type CoreEvent = LifecycleEvent & { source: string }

function coreEvent(at: Place, text: string, known: Partial<CoreEvent>): CoreEvent {
  return {
    kind: 'coredump',
    ns: null,
    unit: null,
    pid: null,
    comm: null,
    signal: null,
    code: null,
    result: null,
    detail: {},
    refs: [at],
    source: at.source,
    text,
    ...known,
  }
}

/** ns on the source's clock, which the first date sets up. */
function timeAt(source: Source, micros: number, resolutionNs: number): number {
  const at = BigInt(Math.round(micros)) * 1000n
  if (source.clock.base === null) source.clock = { domain: 'realtime', base: at, resolutionNs }
  return Number(at - source.clock.base!)
}

function timeOf(source: Source, text: string): number | null {
  const stamp = readStamp(`${text} `)
  return stamp?.micros == null || stamp.clock !== 'realtime' ? null : timeAt(source, stamp.micros, stamp.resolutionNs)
}

/** `11`, `SIGSEGV`, `11 (SEGV)`. */
function signalOf(text: string): string | null {
  const number = signalNumber(/^\w+/.exec(text)?.[0] ?? '')
  return number === null ? null : signalName(number)
}

/**
 * `coredumpctl info`: keys right-aligned to a colon, the message indented under its key.
 *
 *   > |            PID: 1784 (chatty)
 *   > |         Signal: 11 (SEGV)
 *   > |        Message: Process 1784 (chatty) of user 0 dumped core.
 *   > |                 Stack trace of thread 1784:
 */
export function readCoreInfo(input: Input, sink: Sink): void {
  const { source } = input
  let facts = new Map<string, { value: string; line: number }>()
  const message: string[] = []
  let key = ''

  const close = () => {
    const pid = facts.get('PID')
    if (pid) {
      const [, number, comm] = /^(\d+)(?: \((.*)\))?/.exec(pid.value) ?? []
      const value = (name: string) => facts.get(name)?.value
      const detail: Record<string, string> = {}
      const put = (name: string, from: string | undefined) => {
        if (from !== undefined && from !== '') detail[name] = from
      }
      put('exe', value('Executable'))
      put('cmdline', value('Command Line'))
      const storage = value('Storage') ?? value('Coredump')
      put('core', storage?.replace(/ \((?:present|missing|truncated|inaccessible|error)[^)]*\)$/, ''))
      put('storage', /\((present|missing|truncated|inaccessible|error)/.exec(storage ?? '')?.[1])
      put('boot', value('Boot ID'))
      const thread = message.map(line => /^Stack trace of thread (\d+):/.exec(line)?.[1]).find(t => t !== undefined)
      put('thread', thread)
      const frames = framesOf(message.join('\n'))
      put('top', frames[0] === 'n/a' ? undefined : frames[0])
      put('frames', frames.join(' '))
      const at = { source: source.path, line: pid.line }
      sink.lifecycle.push(
        coreEvent(at, message[0] ?? `Process ${pid.value} dumped core.`, {
          ns: timeOf(source, (value('Timestamp') ?? '').replace(/ \([^)]*\)$/, '')),
          unit: value('Unit') ?? value('User Unit') ?? null,
          pid: Number(number),
          comm: comm ?? null,
          signal: signalOf(value('Signal') ?? ''),
          detail,
        }),
      )
      source.records++
    }
    facts = new Map()
    message.length = 0
    key = ''
  }

  for (const { line, text: raw } of linesOf(input.chunks())) {
    const text = utf8(raw)
    const fact = /^ {1,14}([A-Z][\w -]{1,16}): (.*)$/.exec(text)
    if (fact && text.indexOf(':') <= 15) {
      if (fact[1] === 'PID') close()
      key = fact[1]
      facts.set(key, { value: fact[2], line })
      if (key === 'Message') message.push(fact[2])
    } else if (key === 'Message' && /^ {16}/.test(text) && message.length < 5000) message.push(text.trim())
    else if (/^\s*[A-Za-z-]+: /.test(text) && text.indexOf(':') <= 15) key = ''
  }
  close()
}

/**
 * `coredumpctl list`. Before release 246 the column COREFILE was PRESENT, with a star.
 *
 *   > | Tue 2026-11-24 00:51:58 UTC 1784   0   0 SIGSEGV present  /lab/go/chatty 664.3K
 */
export function readCoreList(input: Input, sink: Sink): void {
  const { source } = input
  for (const { line, text: raw } of linesOf(input.chunks())) {
    const text = utf8(raw)
    const stamp = readStamp(text)
    if (!stamp) continue
    const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)?\s+(\/.*?|\S+)(?:\s+(\d[\d.]*[BKMGT]?|-))?\s*$/.exec(
      text.slice(stamp.end),
    )
    if (!row) continue
    const exe = row[6]
    sink.lifecycle.push(
      coreEvent({ source: source.path, line }, text.trim(), {
        ns:
          stamp.micros === null || stamp.clock !== 'realtime' ? null : timeAt(source, stamp.micros, stamp.resolutionNs),
        pid: Number(row[1]),
        comm: exe.slice(exe.lastIndexOf('/') + 1).slice(0, 15),
        signal: signalOf(row[4]),
        detail: { uid: row[2], exe, storage: row[5] ?? 'none' },
      }),
    )
    source.records++
  }
}

/** `coredumpctl list --json=…`: time in microseconds, the signal as a number. */
export function readCoreJson(input: Input, sink: Sink): void {
  const { source } = input
  const at = { source: source.path, line: 1 }
  let rows: unknown
  try {
    rows = JSON.parse(Buffer.from(input.read(0, Math.min(input.size, 64 * 1024 * 1024))).toString('utf8'))
  } catch {
    rows = null
  }
  if (!Array.isArray(rows)) {
    sink.diagnose(
      'systemd.torn-json',
      'loss',
      'The list of cores was cut off.',
      at,
      'Record coredumpctl list --json=short again.',
    )
    return
  }
  for (const row of rows as Record<string, unknown>[]) {
    if (typeof row?.pid !== 'number') continue
    const exe = typeof row.exe === 'string' ? row.exe : null
    const signal = typeof row.sig === 'number' ? signalName(row.sig) : null
    const comm = exe === null ? null : exe.slice(exe.lastIndexOf('/') + 1).slice(0, 15)
    sink.lifecycle.push(
      coreEvent(
        at,
        `${exe ?? 'a process'} (pid ${row.pid}): ${signal ?? 'unknown signal'}, core ${row.corefile ?? 'unknown'}`,
        {
          ns: typeof row.time === 'number' ? timeAt(source, row.time, 1000) : null,
          pid: row.pid,
          comm,
          signal,
          detail: { ...(exe === null ? {} : { exe }), storage: String(row.corefile ?? 'unknown') },
        },
      ),
    )
    source.records++
  }
}
