/** Walks over the bytes of a section. A read past the end throws a RangeError: who walks damaged sections catches it. */
export class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at: number,
  ) {}

  u8(): number {
    return this.bytes.readUInt8(this.at++)
  }

  i8(): number {
    return this.bytes.readInt8(this.at++)
  }

  u16(): number {
    this.at += 2
    return this.bytes.readUInt16LE(this.at - 2)
  }

  u32(): number {
    this.at += 4
    return this.bytes.readUInt32LE(this.at - 4)
  }

  /** As a double: exact up to 2^53. */
  u64(): number {
    this.at += 8
    return Number(this.bytes.readBigUInt64LE(this.at - 8))
  }

  cstring(): string {
    const end = this.bytes.indexOf(0, this.at)
    if (end === -1) throw new RangeError('string without end')
    const text = this.bytes.toString('utf8', this.at, end)
    this.at = end + 1
    return text
  }

  uleb(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if ((byte & 0x80) === 0) return value
      if (scale > 2 ** 56) throw new RangeError('LEB128 too long')
    }
  }

  sleb(): number {
    const start = this.at
    const value = this.uleb()
    const bits = 7 * (this.at - start)
    return this.bytes[this.at - 1] & 0x40 ? value - 2 ** bits : value
  }
}
