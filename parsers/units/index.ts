import type { Parser } from '../../src/model/parser.js'
import { recognise } from './forms.js'

/** Unit files and drop-ins, the output of `systemctl cat` and `systemctl show`. */
export const units: Parser = {
  id: 'units',
  title: 'systemd units: unit files and drop-ins, systemctl cat, systemctl show',
  clock: 'none',
  sniff: (head, path) => recognise(head, path)?.score ?? 0,
  parse: async (inputs, sink) => (await import('./parse.js')).parse(inputs, sink),
}
