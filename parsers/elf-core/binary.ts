import type { Input } from '../../src/model/input.js'
import type { BuildIds } from './build-id.js'
import type { Elf } from './elf.js'
import type { Pages } from './pages.js'

/** A program or library that lies in the capture. */
export interface Binary {
  input: Input
  elf: Elf
  pages: Pages
  ids: BuildIds | null
}
