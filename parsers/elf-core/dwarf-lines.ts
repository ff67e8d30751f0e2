/** Files and lines of C code: .debug_line of DWARF 2 to 5 (section 6.2 of the standard). */
import { Cursor } from './cursor.js'
import { lazily, sectionBytes, stringAt } from './debug-sections.js'
import type { Elf } from './elf.js'
import type { Pages } from './pages.js'

const DW_LNCT_PATH = 1
const DW_LNCT_DIRECTORY_INDEX = 2

interface Unit {
  /** Offset of the unit in the section. */
  start: number
  /** Addresses that it tells of. */
  low: number
  high: number
}

interface Header {
  end: number
  program: number
  minLength: number
  lineBase: number
  lineRange: number
  opcodeBase: number
  lengths: number[]
  files: string[]
}

type Strings = { str(): Buffer | null; line(): Buffer | null }

/**
 * Looks up lines of one file. The first question walks over all line programs once, to learn which unit tells of which
 * addresses; each answer then runs only the program of its unit.
 */
export class LineTable {
  readonly #section: Buffer | null
  readonly #strings: Strings
  readonly #known = new Map<number, { file: string; line: number } | null>()
  #units: Unit[] | null = null

  constructor(elf: Elf, pages: Pages) {
    this.#section = sectionBytes(elf, pages, 'debug_line')
    this.#strings = { str: lazily(elf, pages, 'debug_str'), line: lazily(elf, pages, 'debug_line_str') }
  }

  /** File and line of an address of the file; null where no program tells of it. */
  at(address: number): { file: string; line: number } | null {
    let known = this.#known.get(address)
    if (known === undefined) {
      known = this.#find(address)
      this.#known.set(address, known)
    }
    return known
  }

  #find(address: number): { file: string; line: number } | null {
    const section = this.#section
    if (section === null) return null
    this.#units ??= unitsOf(section)
    for (const unit of this.#units) {
      if (address < unit.low || address >= unit.high) continue
      const header = readHeader(section, unit.start, this.#strings)
      let found: { file: number; line: number } | null = null
      if (header)
        run(section, header, (from, to, file, line) => {
          if (from <= address && address < to) found = { file, line }
        })
      if (header && found !== null) {
        const { file, line } = found as { file: number; line: number }
        if (line > 0) return { file: header.files[file] ?? '??', line }
      }
    }
    return null
  }
}

function unitsOf(section: Buffer): Unit[] {
  const units: Unit[] = []
  for (let start = 0; start + 15 < section.length; ) {
    const header = readHeader(section, start, null)
    if (header === null || header.end <= start) break
    const unit: Unit = { start, low: Number.POSITIVE_INFINITY, high: 0 }
    run(section, header, (from, to) => {
      unit.low = Math.min(unit.low, from)
      unit.high = Math.max(unit.high, to)
    })
    units.push(unit)
    start = header.end
  }
  return units
}

/** Reads a unit's header; without `strings` its file names are passed over. Null where it makes no sense. */
function readHeader(section: Buffer, start: number, strings: Strings | null): Header | null {
  try {
    const c = new Cursor(section, start)
    const first = c.u32()
    const wide = first === 0xffffffff
    const length = wide ? c.u64() : first
    const end = c.at + length
    const version = c.u16()
    if (version < 2 || version > 5 || end > section.length) return null
    if (version >= 5) c.at += 2
    const headerLength = wide ? c.u64() : c.u32()
    const program = c.at + headerLength
    const minLength = c.u8()
    if (version >= 4) c.u8()
    c.u8()
    const lineBase = c.i8()
    const lineRange = c.u8()
    const opcodeBase = c.u8()
    const lengths = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => c.u8())
    if (lineRange === 0) return null
    const files = strings === null ? [] : version >= 5 ? filesOf5(c, wide, strings) : filesOf(c)
    return { end, program, minLength, lineBase, lineRange, opcodeBase, lengths, files }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Up to DWARF 4: directories and files from 1 on, each list closed by an empty name. */
function filesOf(c: Cursor): string[] {
  const directories = ['']
  for (let name = c.cstring(); name !== ''; name = c.cstring()) directories.push(name)
  const files = ['']
  for (let name = c.cstring(); name !== ''; name = c.cstring()) {
    const directory = directories[c.uleb()] ?? ''
    c.uleb()
    c.uleb()
    files.push(join(directory, name))
  }
  return files
}

/** DWARF 5: both lists describe their own columns, and start at 0. */
function filesOf5(c: Cursor, wide: boolean, strings: Strings): string[] {
  const directories = entries(c, wide, strings).map(e => e.name)
  return entries(c, wide, strings).map(e => join(directories[e.directory] ?? '', e.name))
}

function entries(c: Cursor, wide: boolean, strings: Strings): { name: string; directory: number }[] {
  const columns = Array.from({ length: c.u8() }, () => ({ content: c.uleb(), form: c.uleb() }))
  const count = c.uleb()
  const found: { name: string; directory: number }[] = []
  for (let i = 0; i < count; i++) {
    const entry = { name: '', directory: 0 }
    for (const { content, form } of columns) {
      const value = columnValue(c, form, wide, strings)
      if (content === DW_LNCT_PATH && typeof value === 'string') entry.name = value
      if (content === DW_LNCT_DIRECTORY_INDEX && typeof value === 'number') entry.directory = value
    }
    found.push(entry)
  }
  return found
}

/** The forms that the standard allows in these tables. */
function columnValue(c: Cursor, form: number, wide: boolean, strings: Strings): number | string | null {
  const offset = () => (wide ? c.u64() : c.u32())
  switch (form) {
    case 0x05: // data2
      return c.u16()
    case 0x06: // data4
      return c.u32()
    case 0x07: // data8
      return c.u64()
    case 0x08: // string
      return c.cstring()
    case 0x09: // block
      c.at += c.uleb()
      return null
    case 0x0b: // data1
      return c.u8()
    case 0x0e: // strp
      return stringAt(strings.str(), offset())
    case 0x0f: // udata
      return c.uleb()
    case 0x1e: // data16, an MD5
      c.at += 16
      return null
    case 0x1f: // line_strp
      return stringAt(strings.line(), offset())
    default:
      throw new RangeError(`DWARF form ${form}`)
  }
}

/** Runs a line program; `row` is told each run of addresses [from, to) with its file and line. */
function run(
  section: Buffer,
  header: Header,
  row: (from: number, to: number, file: number, line: number) => void,
): void {
  const c = new Cursor(section, header.program)
  const start = () => ({ address: 0, file: 1, line: 1 })
  let now = start()
  let last: { address: number; file: number; line: number } | null = null
  const emit = () => {
    if (last !== null && now.address > last.address) row(last.address, now.address, last.file, last.line)
    last = { ...now }
  }
  const { minLength, lineBase, lineRange, opcodeBase, lengths, end } = header
  try {
    while (c.at < end) {
      const op = c.u8()
      if (op >= opcodeBase) {
        const special = op - opcodeBase
        now.address += Math.floor(special / lineRange) * minLength
        now.line += lineBase + (special % lineRange)
        emit()
      } else if (op === 0) {
        const length = c.uleb()
        const next = c.at + length
        const extended = c.u8()
        if (extended === 1) {
          // end_sequence: what follows lies elsewhere.
          emit()
          last = null
          now = start()
        } else if (extended === 2) now.address = c.u64()
        c.at = next
      } else if (op === 1) emit()
      else if (op === 2) now.address += c.uleb() * minLength
      else if (op === 3) now.line += c.sleb()
      else if (op === 4) now.file = c.uleb()
      else if (op === 8) now.address += Math.floor((255 - opcodeBase) / lineRange) * minLength
      else if (op === 9) now.address += c.u16()
      else for (let i = 0; i < (lengths[op - 1] ?? 0); i++) c.uleb()
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

function join(directory: string, name: string): string {
  return directory === '' || name.startsWith('/') ? name : `${directory}/${name}`
}
