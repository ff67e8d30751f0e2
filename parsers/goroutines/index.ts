import type { Parser } from '../../src/model/parser.js'

/** `goroutine 18 [`, at the start of a line or behind whatever a logger puts there. */
const HEADER = /goroutine \d{1,19} (?:gp=0x[0-9a-f]+ m=[^ ]{1,20} (?:mp=0x[0-9a-f]+ )?)?\[[a-zA-Z?]/
const CRASH = /^(?:panic: |fatal error: |SIG[A-Z]+: [a-z ]+\r?\nPC=0x|WARNING: DATA RACE|runtime stack:)/m

/** Bytes that text does not have. */
const BINARY = /[\x00-\x06\x0e-\x1a\x1c-\x1f]/

export const goroutines: Parser = {
  id: 'goroutines',
  title:
    'Go stack dumps and crash texts: debug=2, SIGQUIT, panic, fatal error, race, test timeout; bare or inside a log; aborts of the C library',
  clock: 'none',
  /** Any text is searched, since a dump may lie deep in a log: with the lowest score, so that every other format goes first. */
  sniff(head) {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
    if (text === '' || BINARY.test(text)) return 0
    const header = HEADER.exec(text)
    if (header === null) return CRASH.test(text) ? 40 : 1
    const bare = header.index === 0 || text[header.index - 1] === '\n'
    return bare ? 80 : 30
  },
  async parse(inputs, sink) {
    const { parse } = await import('./parse.js')
    await parse(inputs, sink)
  },
}
