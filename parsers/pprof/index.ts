import type { Parser } from '../../src/model/parser.js'
import { looksLikeProfile } from './wire.js'

/** `goroutine profile: total 512`: debug=1, of the goroutine and the goroutineleak profile. */
const TEXT = /^(?:goroutine|goroutineleak) profile: total \d+\r?\n/

export const pprof: Parser = {
  id: 'pprof',
  title: 'Go goroutine profiles: debug=1 text and the binary form (profile.proto), goroutineleak profiles',
  clock: 'realtime',
  sniff(head) {
    const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64)).toString('latin1')
    if (TEXT.test(start)) return 95
    return looksLikeProfile(head) ? 60 : 0
  },
  async parse(inputs, sink) {
    const { parse } = await import('./parse.js')
    await parse(inputs, sink)
  },
}
