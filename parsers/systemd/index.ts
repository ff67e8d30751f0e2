import type { Parser } from '../../src/model/parser.js'
import { recognise } from './forms.js'

/** What systemctl and coredumpctl tell of services and cores. */
export const systemd: Parser = {
  id: 'systemd',
  title: 'systemctl status, coredumpctl info, coredumpctl list (table and JSON)',
  clock: 'realtime',
  sniff: head => recognise(head)?.score ?? 0,
  parse: async (inputs, sink) => (await import('./parse.js')).parse(inputs, sink),
}
