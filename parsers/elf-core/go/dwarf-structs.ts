import type { Elf } from '../elf.js'
import type { Pages } from '../pages.js'
import type { Layout } from './layout.js'

export function structsFromDwarf(_elf: Elf, _pages: Pages, _fallback: Layout): Layout | null {
  return null
}
