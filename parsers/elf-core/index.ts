import type { Parser } from '../../src/model/parser.js'
import { isElf } from './elf.js'

/** ELF cores and the binaries that belong to them: they meet here, whichever of the two the user dropped in first. */
export const elfCore: Parser = {
  id: 'elf-core',
  title: 'ELF cores (kernel, gcore, dlv dump, systemd-coredump) and the binaries they came from',
  clock: 'monotonic',
  sniff: head => (isElf(head) ? 100 : 0),
  parse: async (inputs, sink) => (await import('./parse.js')).parse(inputs, sink),
}
