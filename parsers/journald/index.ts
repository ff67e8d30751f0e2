import type { Parser } from '../../src/model/parser.js'
import { recognise } from './modes.js'

/** journald in every output mode of journalctl, syslog files and dmesg. */
export const journald: Parser = {
  id: 'journald',
  title:
    'journald: journalctl -o export, json, json-pretty, json-seq, json-sse, short and its kin, with-unit, verbose, cat; syslog files; dmesg',
  clock: 'realtime',
  sniff: head => recognise(head)?.score ?? 0,
  parse: async (inputs, sink) => (await import('./parse.js')).parse(inputs, sink),
}
