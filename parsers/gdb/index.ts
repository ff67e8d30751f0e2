import type { Parser } from '../../src/model/parser.js'
import { sniffGdb } from './sniff.js'

export const gdb: Parser = {
  id: 'gdb',
  title: 'gdb sessions and pstack: info threads, thread apply all bt, $_siginfo, "Program terminated with signal"',
  clock: 'none',
  sniff: sniffGdb,
  parse: async (inputs, sink) => (await import('./parse.js')).parseGdb(inputs, sink),
}
