/**
 * As much DWARF (4 and 5) as it takes to learn where the fields of named structures lie: .debug_info and .debug_abbrev.
 * The standard: https://dwarfstd.org, sections 7.5 and 7.5.5 (forms).
 */
import { Cursor } from './cursor.js'
import { sectionBytes } from './debug-sections.js'
import type { Elf } from './elf.js'
import type { Pages } from './pages.js'

const DW_TAG_STRUCTURE_TYPE = 0x13
const DW_TAG_MEMBER = 0x0d
const DW_AT_NAME = 0x03
const DW_AT_DATA_MEMBER_LOCATION = 0x38
const DW_FORM_STRING = 0x08
const DW_FORM_IMPLICIT_CONST = 0x21
const DW_UT_COMPILE = 1

interface Attribute {
  name: number
  form: number
  constant: number
}

interface Abbreviation {
  tag: number
  children: boolean
  attributes: Attribute[]
}

/**
 * Offsets of the members of each wanted structure.
 *
 * The Go linker writes names into the entries themselves (DW_FORM_string), as their first attribute: so a structure is
 * found by searching for its name and reading the entry around it, without walking through all that debug information.
 *
 *   27 runtime.g\0 88 03 …
 *   ^^ code of an abbreviation for structures whose first attribute is a name
 *
 * @param wanted for each structure the members of which one at least must be there: a check against chance hits
 */
export function readStructs(
  elf: Elf,
  pages: Pages,
  wanted: ReadonlyMap<string, readonly string[]>,
): Map<string, Map<string, number>> | null {
  const info = sectionBytes(elf, pages, 'debug_info')
  const abbrev = sectionBytes(elf, pages, 'debug_abbrev')
  if (!info || !abbrev) return null
  const found = new Map<string, Map<string, number>>()
  const tables = new Map<number, Map<number, Abbreviation>>()
  try {
    const units = unitsOf(info)
    for (const [name, members] of wanted) {
      const text = Buffer.from(`${name}\0`)
      for (let at = info.indexOf(text); at !== -1 && !found.has(name); at = info.indexOf(text, at + 1)) {
        const unit = units.findLast(u => u.start < at)
        if (!unit || at >= unit.end) continue
        const abbreviations = tables.get(unit.abbrevOffset) ?? readAbbreviations(abbrev, unit.abbrevOffset)
        tables.set(unit.abbrevOffset, abbreviations)
        const fields = membersAt(info, unit, at, abbreviations)
        if (fields && members.some(m => fields.has(m))) found.set(name, fields)
      }
    }
  } catch (error) {
    // A read past the end of a damaged section; nothing else is thrown here.
    if (!(error instanceof RangeError)) throw error
  }
  return found.size > 0 ? found : null
}

interface Unit {
  start: number
  end: number
  abbrevOffset: number
  addressSize: number
  wide: boolean
}

/** The compilation units of a .debug_info section. */
function unitsOf(info: Buffer): Unit[] {
  const units: Unit[] = []
  for (let start = 0; start + 11 < info.length; ) {
    const c = new Cursor(info, start)
    const length = c.u32()
    const wide = length === 0xffffffff
    const size = wide ? c.u64() : length
    const end = c.at + size
    if (end <= start || end > info.length) break
    const version = c.u16()
    const offset = () => (wide ? c.u64() : c.u32())
    if (version >= 2 && version <= 4) units.push({ start, end, abbrevOffset: offset(), addressSize: c.u8(), wide })
    else if (version === 5 && c.u8() === DW_UT_COMPILE) {
      const addressSize = c.u8()
      units.push({ start, end, abbrevOffset: offset(), addressSize, wide })
    }
    start = end
  }
  return units
}

/** Members of the structure whose name stands at `name`; null where that is no structure's entry. */
function membersAt(
  info: Buffer,
  unit: Unit,
  name: number,
  abbreviations: ReadonlyMap<number, Abbreviation>,
): Map<string, number> | null {
  // The code in front of the name is a LEB128 of one byte, or of two.
  for (const start of [name - 1, name - 2]) {
    const reader = new EntryReader(info, start, unit)
    const abbreviation = abbreviations.get(reader.uleb())
    const first = abbreviation?.attributes[0]
    if (reader.at !== name || abbreviation?.tag !== DW_TAG_STRUCTURE_TYPE || !abbreviation.children) continue
    if (first?.name !== DW_AT_NAME || first.form !== DW_FORM_STRING) continue
    reader.attributes(abbreviation)
    return reader.members(abbreviations)
  }
  return null
}

/** Reads the entries of a unit. Strings that lie in other sections are passed over. */
class EntryReader extends Cursor {
  constructor(
    info: Buffer,
    at: number,
    readonly unit: Unit,
  ) {
    super(info, at)
  }

  /** Reads the attributes of an entry; returns its name and its place in a structure, where it has them. */
  attributes(abbreviation: Abbreviation): { name: string | null; location: number | null } {
    let name: string | null = null
    let location: number | null = null
    for (const attribute of abbreviation.attributes) {
      const value = this.#value(attribute)
      if (attribute.name === DW_AT_NAME && typeof value === 'string') name = value
      if (attribute.name === DW_AT_DATA_MEMBER_LOCATION && typeof value === 'number') location = value
    }
    return { name, location }
  }

  /** The children of a structure, up to the entry that ends them. */
  members(abbreviations: ReadonlyMap<number, Abbreviation>): Map<string, number> | null {
    const members = new Map<string, number>()
    while (this.at < this.unit.end) {
      const code = this.uleb()
      if (code === 0) return members
      const abbreviation = abbreviations.get(code)
      if (!abbreviation || abbreviation.children) return null
      const { name, location } = this.attributes(abbreviation)
      if (abbreviation.tag === DW_TAG_MEMBER && name !== null && location !== null) members.set(name, location)
    }
    return null
  }

  /** Reads an attribute: numbers and strings as such, everything else skipped. */
  #value({ form, constant }: Attribute): number | string | null {
    switch (form) {
      case 0x01: // addr
        this.at += this.unit.addressSize
        return null
      case 0x03: // block2
        return this.#skip(this.u16())
      case 0x04: // block4
        return this.#skip(this.u32())
      case 0x05: // data2
        return this.u16()
      case 0x06: // data4
        return this.u32()
      case 0x07: // data8
      case 0x14: // ref8
      case 0x20: // ref_sig8
      case 0x24: // ref_sup8
        return this.#skip(8)
      case 0x08: // string
        return this.cstring()
      case 0x09: // block
        return this.#skip(this.uleb())
      case 0x0a: // block1
        return this.#skip(this.u8())
      case 0x0b: // data1
        return this.u8()
      case 0x0c: // flag
      case 0x11: // ref1
      case 0x25: // strx1
      case 0x29: // addrx1
        return this.#skip(1)
      case 0x0d: // sdata
        return this.sleb()
      case 0x0f: // udata
        return this.uleb()
      case 0x0e: // strp
      case 0x1f: // line_strp
      case 0x10: // ref_addr
      case 0x17: // sec_offset
      case 0x1d: // strp_sup
        this.#offset()
        return null
      case 0x12: // ref2
      case 0x26: // strx2
      case 0x2a: // addrx2
        return this.#skip(2)
      case 0x13: // ref4
      case 0x1c: // ref_sup4
      case 0x28: // strx4
      case 0x2c: // addrx4
        return this.#skip(4)
      case 0x27: // strx3
      case 0x2b: // addrx3
        return this.#skip(3)
      case 0x15: // ref_udata
      case 0x1a: // strx
      case 0x1b: // addrx
      case 0x22: // loclistx
      case 0x23: // rnglistx
        this.uleb()
        return null
      case 0x16: // indirect: the form stands in front of the value
        return this.#value({ name: 0, form: this.uleb(), constant: 0 })
      case 0x18: // exprloc
        return this.#expression(this.uleb())
      case 0x19: // flag_present
        return null
      case 0x1e: // data16
        return this.#skip(16)
      case 0x21: // implicit_const
        return constant
      default:
        throw new RangeError(`DWARF form ${form}`)
    }
  }

  /** A member's place as an expression: DW_OP_plus_uconst and the offset (DWARF 2 to 4). */
  #expression(length: number): number | null {
    const next = this.at + length
    const plus = this.u8() === 0x23 ? this.uleb() : null
    this.at = next
    return plus
  }

  #skip(bytes: number): null {
    this.at += bytes
    return null
  }

  #offset(): number {
    return this.unit.wide ? this.u64() : this.u32()
  }
}

function readAbbreviations(bytes: Buffer, at: number): Map<number, Abbreviation> {
  const found = new Map<number, Abbreviation>()
  const cursor = new Cursor(bytes, at)
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const abbreviation: Abbreviation = { tag: cursor.uleb(), children: cursor.u8() === 1, attributes: [] }
    for (;;) {
      const name = cursor.uleb()
      const form = cursor.uleb()
      const constant = form === DW_FORM_IMPLICIT_CONST ? cursor.sleb() : 0
      if (name === 0 && form === 0) break
      abbreviation.attributes.push({ name, form, constant })
    }
    found.set(code, abbreviation)
  }
  return found
}
