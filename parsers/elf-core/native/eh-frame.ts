/** Finds the call frame information of a program counter in .eh_frame: LSB Core "Exception Frames", DWARF section 6.4. */
import type { Memory } from '../memory.js'
import { Reader } from './reader.js'

const ABSENT = 0xff

export interface FrameInfo {
  /** Code that it describes. */
  start: number
  end: number
  codeAlign: number
  dataAlign: number
  returnRegister: number
  /** A signal trampoline: the caller was interrupted, not calling. */
  signal: boolean
  /** Call frame instructions of the CIE, then of the FDE: runs of addresses. */
  initial: { start: number; end: number }
  own: { start: number; end: number }
}

/**
 * Looks a program counter up by the sorted table of .eh_frame_hdr.
 *
 * @param header address of the header (PT_GNU_EH_FRAME)
 */
export function frameInfoFor(memory: Memory, header: number, pc: number): FrameInfo | null {
  const reader = new Reader(memory, header)
  const version = reader.u8()
  const frameEncoding = reader.u8()
  const countEncoding = reader.u8()
  const tableEncoding = reader.u8()
  if (version !== 1 || tableEncoding === ABSENT) return null
  reader.pointer(frameEncoding, header)
  const count = reader.pointer(countEncoding, header)
  // Every linker writes pairs of 32-bit offsets from the header (DW_EH_PE_datarel | DW_EH_PE_sdata4).
  if (tableEncoding !== 0x3b || !(count > 0 && count < 1 << 26)) return null
  const table = reader.at
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (header + memory.i32(table + middle * 8) <= pc) low = middle + 1
    else high = middle
  }
  if (low === 0) return null
  const info = readFde(memory, header + memory.i32(table + (low - 1) * 8 + 4))
  return info && info.start <= pc && pc < info.end ? info : null
}

/** Reads a frame description entry and the common information it points back to. */
function readFde(memory: Memory, at: number): FrameInfo | null {
  const reader = new Reader(memory, at)
  const length = reader.u32()
  if (!(length > 0) || length >= 0xfffffff0) return null
  const end = at + 4 + length
  const back = reader.at
  const cie = readCie(memory, back - reader.u32())
  if (cie === null) return null
  const start = reader.pointer(cie.pointerEncoding, 0)
  // The length of the code is a plain number in the pointer's format.
  const size = reader.pointer(cie.pointerEncoding & 0x0f, 0)
  if (cie.augmented) {
    const skip = reader.uleb()
    reader.at += skip
  }
  if (Number.isNaN(start) || Number.isNaN(size)) return null
  const { codeAlign, dataAlign, returnRegister, signal, initial } = cie
  return {
    start,
    end: start + size,
    codeAlign,
    dataAlign,
    returnRegister,
    signal,
    initial,
    own: { start: reader.at, end },
  }
}

function readCie(memory: Memory, at: number) {
  const reader = new Reader(memory, at)
  const length = reader.u32()
  if (!(length > 0) || length >= 0xfffffff0 || reader.u32() !== 0) return null
  const end = at + 4 + length
  const version = reader.u8()
  if (version !== 1 && version !== 3) return null
  const augmentation = reader.cstring()
  const codeAlign = reader.uleb()
  const dataAlign = reader.sleb()
  const returnRegister = version === 1 ? reader.u8() : reader.uleb()
  let pointerEncoding = 0
  let signal = false
  const augmented = augmentation.startsWith('z')
  if (augmented) {
    const next = reader.uleb() + reader.at
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = reader.u8()
      else if (letter === 'L') reader.u8()
      else if (letter === 'P') reader.pointer(reader.u8() & 0x7f, 0)
      else if (letter === 'S') signal = true
      else if (letter !== 'B') break
    }
    reader.at = next
  } else if (augmentation !== '') return null
  return {
    codeAlign,
    dataAlign,
    returnRegister,
    pointerEncoding,
    signal,
    augmented,
    initial: { start: reader.at, end },
  }
}
