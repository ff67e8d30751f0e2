import type { Memory } from '../memory.js'

/** Reads call frame information from memory, byte by byte: numbers, LEB128, pointers in the encodings of the LSB. */
export class Reader {
  constructor(
    readonly memory: Memory,
    public at: number,
  ) {}

  u8(): number {
    return this.memory.u8(this.at++)
  }

  u16(): number {
    this.at += 2
    return this.memory.u16(this.at - 2)
  }

  u32(): number {
    this.at += 4
    return this.memory.u32(this.at - 4)
  }

  u64(): number {
    this.at += 8
    return this.memory.u64(this.at - 8)
  }

  i16(): number {
    const value = this.u16()
    return value >= 0x8000 ? value - 0x10000 : value
  }

  i32(): number {
    this.at += 4
    return this.memory.i32(this.at - 4)
  }

  /** A signed 64-bit number as a double: offsets are small. */
  i64(): number {
    const low = this.u32()
    return low + this.i32() * 4294967296
  }

  uleb(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.u8()
      if (Number.isNaN(byte)) return Number.NaN
      value += (byte & 0x7f) * scale
      if ((byte & 0x80) === 0) return value
      scale *= 128
    }
    return Number.NaN
  }

  sleb(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.u8()
      if (Number.isNaN(byte)) return Number.NaN
      value += (byte & 0x7f) * scale
      scale *= 128
      if ((byte & 0x80) === 0) return byte & 0x40 ? value - scale : value
    }
    return Number.NaN
  }

  cstring(): string {
    const text = this.memory.cstring(this.at, 64) ?? ''
    this.at += text.length + 1
    return text
  }

  /** A pointer in a DW_EH_PE encoding (Linux Standard Base, "DWARF Extensions"); NaN for one that needs what we lack. */
  pointer(encoding: number, dataBase: number): number {
    if (encoding === 0xff) return Number.NaN
    const start = this.at
    const value = this.#encoded(encoding & 0x0f)
    const base = (encoding & 0x70) === 0x10 ? start : (encoding & 0x70) === 0x30 ? dataBase : 0
    const address = value === 0 ? 0 : value + base
    return encoding & 0x80 ? this.memory.u64(address) : address
  }

  #encoded(format: number): number {
    switch (format) {
      case 0x00:
      case 0x04:
        return this.u64()
      case 0x01:
        return this.uleb()
      case 0x02:
        return this.u16()
      case 0x03:
        return this.u32()
      case 0x09:
        return this.sleb()
      case 0x0a:
        return this.i16()
      case 0x0b:
        return this.i32()
      case 0x0c:
        return this.i64()
      default:
        return Number.NaN
    }
  }
}
