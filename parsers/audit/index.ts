import type { Parser } from '../../src/model/parser.js'
import { sniffAudit } from './sniff.js'

export const audit: Parser = {
  id: 'audit',
  title: 'Audit records of signals: auditd, ausearch (raw and -i), audit lines of the kernel log',
  clock: 'realtime',
  sniff: sniffAudit,
  parse: async (inputs, sink) => (await import('./parse.js')).parseAudit(inputs, sink),
}
