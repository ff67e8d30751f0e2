import type { Elf } from './elf.js'
import type { Memory } from './memory.js'
import type { Notes } from './notes.js'

/** A dead process as its core shows it. */
export interface Image {
  elf: Elf
  notes: Notes
  memory: Memory
}
