import type { Parser } from '../src/model/parser.js'
import { elfCore } from './elf-core/index.js'
import { proc } from './proc/index.js'

/**
 * Every input format, one line each. A folder's `index.ts` holds only the description and the sniffing; the parser
 * itself is loaded when an input is won.
 */
export const parsers: readonly Parser[] = [elfCore, proc]
