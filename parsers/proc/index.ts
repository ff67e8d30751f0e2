import type { Parser } from '../../src/model/parser.js'
import { sniffProc } from './sniff.js'

export const proc: Parser = {
  id: 'proc',
  title:
    'Copies of /proc/PID (status, stack, wchan, syscall, fd listings, limits …), and what ss, lsof, ps and pstree print',
  clock: 'none',
  sniff: sniffProc,
  parse: async (inputs, sink) => (await import('./parse.js')).parseProc(inputs, sink),
}
