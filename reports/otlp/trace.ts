import { createHash } from 'node:crypto'
import type { Report } from '../../src/model/report.js'
import { commandLine } from '../../src/model/words.js'

type Value = { stringValue: string } | { intValue: string } | { boolValue: boolean }
interface Attribute {
  key: string
  value: Value
}
interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Attribute[]
  events?: { timeUnixNano: string; name: string; attributes: Attribute[] }[]
  status: { code?: number; message?: string }
}

const INTERNAL = 1
const ERROR = 2

/**
 * An ExportTraceServiceRequest in OTLP's JSON encoding (opentelemetry-proto 1.x: 64-bit numbers as strings, ids as hex). The
 * whole run is the root span; processes and blocked calls hang under it; findings and signals are events.
 *
 * Ids come from the hashes of the evidence: the same capture gives the same trace.
 */
export function traceRequest(report: Report): object {
  const seed = report.sources.map(s => `${s.path}\0${s.sha256}`).join('\0')
  const hex = (what: string, digits: number) =>
    createHash('sha256').update(`${seed}\0${what}`).digest('hex').slice(0, digits)
  const traceId = hex('trace', 32)
  const startNs = report.timeline.startNs
  const endNs = report.timeline.endNs ?? startNs
  if (startNs === null || endNs === null) return { resourceSpans: [] }
  const root = hex('root', 16)
  const verdict = report.verdict.finding === null ? null : report.findings[report.verdict.finding]
  const worst = verdict?.severity === 'fatal' || verdict?.severity === 'error'
  const spans: Span[] = [
    {
      traceId,
      spanId: root,
      name: report.capture,
      kind: INTERNAL,
      startTimeUnixNano: startNs,
      endTimeUnixNano: endNs,
      attributes: attributes({
        'sigtrace.rule': report.verdict.rule,
        'sigtrace.confidence': report.verdict.confidence,
        'sigtrace.fingerprint': report.fingerprint,
      }),
      events: events(report),
      status: worst ? { code: ERROR, message: report.verdict.title } : {},
    },
  ]
  report.processes.forEach((p, i) => {
    const spanId = hex(`process ${i}`, 16)
    spans.push({
      traceId,
      spanId,
      parentSpanId: root,
      name: p.comm ?? `process ${p.pid}`,
      kind: INTERNAL,
      startTimeUnixNano: p.startNs ?? startNs,
      endTimeUnixNano: p.endNs ?? endNs,
      attributes: attributes({
        'process.pid': p.pid,
        'process.parent_pid': p.ppid,
        'process.command_line': p.argv && commandLine(p.argv),
        'process.exit.code': p.exit?.code ?? null,
        'sigtrace.exit.signal': p.exit?.signal ?? null,
        'sigtrace.exit.core_dumped': p.exit?.coreDumped ?? null,
      }),
      status: p.exit?.kind === 'killed' ? { code: ERROR, message: `killed by ${p.exit.signal}` } : {},
    })
    for (const [n, call] of report.blockedCalls.entries()) {
      if (call.pid !== p.pid || call.sinceNs === null || call.usual) continue
      const end = call.durationNs === null ? endNs : String(BigInt(call.sinceNs) + BigInt(call.durationNs))
      spans.push({
        traceId,
        spanId: hex(`call ${n} of ${i}`, 16),
        parentSpanId: spanId,
        name: call.syscall,
        kind: INTERNAL,
        startTimeUnixNano: call.sinceNs,
        endTimeUnixNano: end,
        attributes: attributes({ 'thread.id': call.tid, 'sigtrace.object': call.object, 'sigtrace.open': call.open }),
        status: {},
      })
    }
  })
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributes({
            'service.name': report.victim?.comm ?? report.capture,
            'telemetry.sdk.name': 'sigtrace',
          }),
        },
        scopeSpans: [{ scope: { name: report.tool.name, version: report.tool.version }, spans }],
      },
    ],
  }
}

function events(report: Report): Span['events'] {
  const list: NonNullable<Span['events']> = []
  for (const f of report.findings)
    if (f.ns !== null)
      list.push({
        timeUnixNano: f.ns,
        name: f.title,
        attributes: attributes({
          'sigtrace.rule': f.rule,
          'sigtrace.severity': f.severity,
          'sigtrace.confidence': f.confidence,
        }),
      })
  for (const s of report.signals) {
    const ns = s.deliveredNs ?? s.sentNs
    if (s.noise || ns === null) continue
    list.push({
      timeUnixNano: ns,
      name: s.signal,
      attributes: attributes({
        'sigtrace.sender.pid': s.sender?.pid ?? null,
        'sigtrace.target.pid': s.target.pid,
        'sigtrace.outcome': s.outcome,
      }),
    })
  }
  return list.sort(
    (a, b) => a.timeUnixNano.length - b.timeUnixNano.length || (a.timeUnixNano < b.timeUnixNano ? -1 : 1),
  )
}

/** Attributes that are known; null is left out. */
function attributes(values: Record<string, string | number | boolean | null>): Attribute[] {
  return Object.entries(values)
    .filter((entry): entry is [string, string | number | boolean] => entry[1] !== null && entry[1] !== '')
    .map(([key, value]) => ({
      key,
      value:
        typeof value === 'string'
          ? { stringValue: value }
          : typeof value === 'number'
            ? { intValue: String(value) }
            : { boolValue: value },
    }))
}
