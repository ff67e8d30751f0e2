import type { Parser } from '../src/model/parser.js'
import { audit } from './audit/index.js'
import { delve } from './delve/index.js'
import { elfCore } from './elf-core/index.js'
import { gdb } from './gdb/index.js'
import { goroutines } from './goroutines/index.js'
import { journald } from './journald/index.js'
import { pprof } from './pprof/index.js'
import { proc } from './proc/index.js'
import { strace } from './strace/index.js'
import { systemd } from './systemd/index.js'
import { tracepoints } from './tracepoints/index.js'
import { units } from './units/index.js'

/**
 * Every input format, one line each. A folder's `index.ts` holds only the description and the sniffing; the parser
 * itself is loaded when an input is won.
 */
export const parsers: readonly Parser[] = [
  audit,
  delve,
  elfCore,
  gdb,
  goroutines,
  journald,
  pprof,
  proc,
  strace,
  systemd,
  tracepoints,
  units,
]
