/**
 * As much DWARF (4 and 5) as it takes to learn where the fields of named structures lie: .debug_info and .debug_abbrev.
 * The standard: https://dwarfstd.org, sections 7.5 and 7.5.5 (forms).
 */
import { inflateSync } from 'node:zlib'
import { Cursor } from './cursor.js'
import { type Elf, sectionOf } from './elf.js'
import type { Pages } from './pages.js'

const DW_TAG_COMPILE_UNIT = 0x11
const DW_TAG_STRUCTURE_TYPE = 0x13
const DW_TAG_MEMBER = 0x0d
const DW_AT_NAME = 0x03
const DW_AT_DATA_MEMBER_LOCATION = 0x38
const DW_FORM_IMPLICIT_CONST = 0x21

const CHDR = 24
const ELFCOMPRESS_ZLIB = 1
/** Debug information beyond this is not unpacked: the tables of the versions know the layout too. */
const LARGEST = 64 * 1024 * 1024

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

/** Offsets of the members of each wanted structure, by name; only structures of compilation units called `unit`. */
export function readStructs(
  elf: Elf,
  pages: Pages,
  unit: string,
  wanted: ReadonlySet<string>,
): Map<string, Map<string, number>> | null {
  const info = sectionBytes(elf, pages, 'debug_info')
  const abbrev = sectionBytes(elf, pages, 'debug_abbrev')
  if (!info || !abbrev) return null
  const found = new Map<string, Map<string, number>>()
  const tables = new Map<number, Map<number, Abbreviation>>()
  const strings = { str: lazily(elf, pages, 'debug_str'), line: lazily(elf, pages, 'debug_line_str') }
  try {
    for (let at = 0; at + 11 < info.length && found.size < wanted.size; ) {
      const reader = new UnitReader(info, at, strings)
      if (reader.end <= at || reader.end > info.length) break
      at = reader.end
      if (!reader.header()) continue
      let abbreviations = tables.get(reader.abbrevOffset)
      if (!abbreviations) {
        abbreviations = readAbbreviations(abbrev, reader.abbrevOffset)
        tables.set(reader.abbrevOffset, abbreviations)
      }
      // A package has a unit for its Go files and others for its assembly.
      if (reader.unitName(abbreviations) === unit) reader.structs(abbreviations, wanted, found)
    }
  } catch (error) {
    // A read past the end of a damaged section; nothing else is thrown here.
    if (!(error instanceof RangeError)) throw error
  }
  return found.size > 0 ? found : null
}

class UnitReader extends Cursor {
  readonly end: number
  abbrevOffset = 0
  readonly #wide: boolean
  #version = 0
  #addressSize = 8

  constructor(
    info: Buffer,
    start: number,
    readonly strings: { str(): Buffer | null; line(): Buffer | null },
  ) {
    super(info, start)
    const length = this.u32()
    this.#wide = length === 0xffffffff
    const size = this.#wide ? this.u64() : length
    this.end = this.at + size
  }

  /** Reads the unit's header; false for a version or kind of unit that is of no use here. */
  header(): boolean {
    this.#version = this.u16()
    let type = 1
    if (this.#version >= 5) {
      type = this.u8()
      this.#addressSize = this.u8()
      this.abbrevOffset = this.#offset()
    } else {
      this.abbrevOffset = this.#offset()
      this.#addressSize = this.u8()
    }
    return this.#version >= 2 && this.#version <= 5 && type === 1
  }

  unitName(abbreviations: Map<number, Abbreviation>): string | null {
    const abbreviation = abbreviations.get(this.uleb())
    if (abbreviation?.tag !== DW_TAG_COMPILE_UNIT) return null
    let name: string | null = null
    for (const attribute of abbreviation.attributes) {
      const value = this.#value(attribute)
      if (attribute.name === DW_AT_NAME && typeof value === 'string') name = value
    }
    return name
  }

  /** Adds the wanted structures that the unit defines to `found`. */
  structs(
    abbreviations: Map<number, Abbreviation>,
    wanted: ReadonlySet<string>,
    found: Map<string, Map<string, number>>,
  ): void {
    let depth = 1
    let members: Map<string, number> | null = null
    while (this.at < this.end && depth > 0) {
      const code = this.uleb()
      if (code === 0) {
        depth--
        if (depth === 1) members = null
        if (depth === 1 && found.size === wanted.size) break
        continue
      }
      const abbreviation = abbreviations.get(code)
      if (!abbreviation) break
      let name: string | null = null
      let location: number | null = null
      for (const attribute of abbreviation.attributes) {
        const value = this.#value(attribute)
        if (attribute.name === DW_AT_NAME && typeof value === 'string') name = value
        if (attribute.name === DW_AT_DATA_MEMBER_LOCATION && typeof value === 'number') location = value
      }
      if (depth === 1) {
        members = null
        if (abbreviation.tag === DW_TAG_STRUCTURE_TYPE && name !== null && wanted.has(name) && !found.has(name)) {
          members = new Map()
          found.set(name, members)
        }
      } else if (depth === 2 && members && abbreviation.tag === DW_TAG_MEMBER && name !== null && location !== null)
        members.set(name, location)
      if (abbreviation.children) depth++
    }
  }

  /** Reads an attribute: numbers and strings as such, everything else skipped. */
  #value({ form, constant }: Attribute): number | string | null {
    switch (form) {
      case 0x01: // addr
        this.at += this.#addressSize
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
      case 0x0e: // strp
        return stringAt(this.strings.str(), this.#offset())
      case 0x0f: // udata
        return this.uleb()
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
      case 0x1f: // line_strp
        return stringAt(this.strings.line(), this.#offset())
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
    return this.#wide ? this.u64() : this.u32()
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

/** The string at an offset of a string section; null where there is none. */
export function stringAt(strings: Buffer | null, offset: number): string | null {
  const end = strings?.indexOf(0, offset) ?? -1
  return strings && end !== -1 ? strings.toString('utf8', offset, end) : null
}

/** A section that is only unpacked when it is asked for. */
export function lazily(elf: Elf, pages: Pages, name: string): () => Buffer | null {
  let bytes: Buffer | null | undefined
  return () => (bytes === undefined ? (bytes = sectionBytes(elf, pages, name)) : bytes)
}

/** A debug section's bytes, unpacked: `.debug_x` (perhaps SHF_COMPRESSED) or `.zdebug_x` of older linkers. */
export function sectionBytes(elf: Elf, pages: Pages, name: string): Buffer | null {
  const plain = sectionOf(elf, `.${name}`)
  const old = plain ? undefined : sectionOf(elf, `.z${name}`)
  const section = plain ?? old
  if (!section || section.size > LARGEST) return null
  const bytes = pages.bytes(section.offset, section.size)
  if (plain && !plain.compressed) return bytes
  // Elf64_Chdr: type, reserved, size, alignment. Old: "ZLIB" and the size, big-endian.
  if (plain && pages.u32(section.offset) !== ELFCOMPRESS_ZLIB) return null
  try {
    return inflateSync(bytes.subarray(plain ? CHDR : 12), { maxOutputLength: LARGEST })
  } catch {
    return null
  }
}
