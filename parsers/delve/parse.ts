import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { readRpc } from './rpc.js'
import { Session } from './session.js'

/** Reads every input that is Delve's: JSON answers together, sessions and logs one by one. */
export function parseDelve(inputs: readonly Input[], sink: Sink): void {
  const json = inputs.filter(isJson)
  if (json.length > 0) readRpc(json, sink)
  for (const input of inputs) if (!isJson(input)) new Session(input, sink).read()
}

/** A session begins with words, an answer with a bracket. */
function isJson({ head }: Input): boolean {
  for (const byte of head) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) continue
    return byte === 0x7b || byte === 0x5b
  }
  return false
}
