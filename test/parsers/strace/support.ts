/** Parses texts as strace logs, without the rest of the pipeline. */

import { parseStrace } from '../../../parsers/strace/parse.js'
import { MemoryInput } from '../../../src/intake/input.js'
import { type Capture, emptyCapture } from '../../../src/model/capture.js'
import { Diagnostics } from '../../../src/model/diagnostic.js'
import { noClock, unaligned } from '../../../src/model/source.js'
import type { Trace, TraceCall, TraceEvent } from '../../../src/model/trace.js'
import { parseInputs } from '../../../src/pipeline/parse.js'

export function inputOf(path: string, content: string | Uint8Array): MemoryInput {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  const source = { path, kind: 'unrecognised', bytes: bytes.length, sha256: '', records: 0, clock: noClock() }
  return new MemoryInput({ ...source, alignment: unaligned(), about: {} }, bytes)
}

/** The capture that the strace parser makes of these files, whatever sniffing would say. */
export async function captureOf(files: Record<string, string | Uint8Array>): Promise<Capture> {
  const capture = emptyCapture('test', new Diagnostics())
  const inputs = Object.entries(files).map(([path, content]) => inputOf(path, content))
  const forced = { id: 'strace', title: '', clock: 'realtime' as const, sniff: () => 1, parse: parseStrace }
  await parseInputs(inputs, [forced], capture, () => {})
  return capture
}

export async function traceOf(text: string | Uint8Array, path = 'trace.log'): Promise<Trace> {
  return (await captureOf({ [path]: text })).traces[0]
}

export async function eventsOf(text: string | Uint8Array): Promise<TraceEvent[]> {
  return [...(await traceOf(text)).events]
}

export async function callsOf(text: string | Uint8Array): Promise<TraceCall[]> {
  return (await eventsOf(text)).filter(e => e.type === 'call')
}
