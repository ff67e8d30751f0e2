import type { Input } from '../../src/model/input.js'
import type { Parser, Sink } from '../../src/model/parser.js'
import { scoreOf } from './sniff.js'

export const strace: Parser = {
  id: 'strace',
  title: 'strace output: -o files, sets of -ff files, captured stderr; strace 4.5 to 7.2, any options',
  clock: 'realtime',
  sniff: scoreOf,
  async parse(inputs: readonly Input[], sink: Sink) {
    const { parseStrace } = await import('./parse.js')
    await parseStrace(inputs, sink)
  },
}
