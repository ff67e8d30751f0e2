/** Parses texts as strace logs, without the rest of the pipeline. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseStrace } from '../../../parsers/strace/parse.js'
import { type Capture, emptyCapture } from '../../../src/model/capture.js'
import { Diagnostics } from '../../../src/model/diagnostic.js'
import type { Trace, TraceCall, TraceEvent } from '../../../src/model/trace.js'
import { parseInputs } from '../../../src/pipeline/parse.js'
import { MemoryInput, newSource } from '../../support/input.js'

export type Texts = Record<string, string | Uint8Array>

/** The capture that the strace parser makes of these files, whatever sniffing would say. */
export async function captureOf(files: Texts): Promise<Capture> {
  const capture = emptyCapture('test', new Diagnostics())
  const inputs = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
    return new MemoryInput(newSource(path, bytes.length), bytes)
  })
  const forced = { id: 'strace', title: '', clock: 'realtime' as const, sniff: () => 1, parse: parseStrace }
  await parseInputs(inputs, [forced], capture, () => {})
  return capture
}

export async function traceOf(text: string | Uint8Array, path = 'trace.log'): Promise<Trace> {
  return (await captureOf({ [path]: text })).traces[0]
}

/** Events as plain data, whose fields can be compared. */
export async function eventsOf(text: string | Uint8Array): Promise<TraceEvent[]> {
  return [...(await traceOf(text)).events].map(plain)
}

/** The event with all its fields as own properties. */
export function plain(event: TraceEvent): TraceEvent {
  return JSON.parse(JSON.stringify(event))
}

export async function callsOf(text: string | Uint8Array): Promise<TraceCall[]> {
  return (await eventsOf(text)).filter(e => e.type === 'call')
}

/** Codes of what was diagnosed, with counts. */
export async function codesOf(text: string | Uint8Array, path?: string): Promise<Record<string, number>> {
  const { diagnostics } = await captureOf({ [path ?? 'trace.log']: text })
  return Object.fromEntries(diagnostics.list().map(d => [d.code, d.count]))
}

/** A fixture of strace output. */
export function fixture(path: string): Buffer {
  const bytes = readFileSync(`test/fixtures/strace/${path}`)
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
