import type { Parser } from '../../src/model/parser.js'
import { sniffTracepoints } from './sniff.js'

export const tracepoints: Parser = {
  id: 'tracepoints',
  title:
    'Signals as the kernel traced them: perf script, perf trace, ftrace, trace-cmd, bpftrace, killsnoop, sigsnoop, oomkill',
  clock: 'monotonic',
  sniff: sniffTracepoints,
  parse: async (inputs, sink) => (await import('./parse.js')).parseTracepoints(inputs, sink),
}
