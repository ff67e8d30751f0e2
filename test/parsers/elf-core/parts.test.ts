/** The small parts by themselves: numbers at any offset, pc-value tables, notes and siginfo, layouts, expressions. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readElf } from '../../../parsers/elf-core/elf.js'
import { allLayouts, layoutFor } from '../../../parsers/elf-core/go/layout.js'
import { pcValue } from '../../../parsers/elf-core/go/pc-value.js'
import { Memory, type Piece } from '../../../parsers/elf-core/memory.js'
import { evaluate } from '../../../parsers/elf-core/native/expression.js'
import { readNotes } from '../../../parsers/elf-core/notes.js'
import { Pages } from '../../../parsers/elf-core/pages.js'
import { readSiginfo } from '../../../parsers/elf-core/siginfo.js'
import { FileInput, MemoryInput } from '../../../src/intake/input.js'
import { sourceOf } from './read.js'

const inMemory = (bytes: Uint8Array) => new Pages(new MemoryInput(sourceOf('x', bytes.length), bytes))
const memoryOf = (bytes: Uint8Array, start = 0x1000): Memory =>
  new Memory([{ start, end: start + bytes.length, pages: inMemory(bytes), offset: 0 }])

const pages = suite('pages')

pages('a file read page by page gives what the same bytes in memory give', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-test-'))
  try {
    const bytes = Buffer.alloc(5 * 65536 + 77)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2654435761) >>> 13
    const file = join(folder, 'x')
    writeFileSync(file, bytes)
    // Two pages may stay: buffers are used again all the time.
    const fromFile = new Pages(new FileInput(sourceOf('x', bytes.length), file, bytes.length), 2)
    const whole = inMemory(bytes)
    const check = () =>
      fc.assert(
        fc.property(fc.integer({ min: -4, max: bytes.length + 8 }), fc.nat(200_000), (at, length) => {
          for (const read of ['u8', 'u16', 'u32', 'i32', 'u64'] as const)
            assert.ok(Object.is(fromFile[read](at), whole[read](at)))
          assert.ok(fromFile.bytes(at, length).equals(whole.bytes(at, length)))
        }),
      )
    fromFile.during(check)
    check()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

pages('a file that is gone reads as nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-test-'))
  const file = join(folder, 'x')
  writeFileSync(file, Buffer.alloc(300_000, 7))
  const late = new Pages(new FileInput(sourceOf('x', 300_000), file, 300_000))
  rmSync(folder, { recursive: true })
  assert.ok(Number.isNaN(late.u64(100_000)))
  assert.is(late.bytes(0, 16).length, 0)
})

const memory = suite('memory')

memory('files stand in for just the addresses that the core leaves out', () => {
  const piece = (start: number, length: number, fill: number): Piece => ({
    start,
    end: start + length,
    pages: inMemory(Buffer.alloc(length, fill)),
    offset: 0,
  })
  const both = new Memory([piece(0x2000, 0x1000, 1), piece(0x4000, 0x1000, 1)])
  both.back([piece(0x1000, 0x5000, 2)])
  assert.equal(
    [0x1000, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x4000, 0x5fff].map(a => both.u8(a)),
    [2, 2, 1, 1, 2, 1, 2],
  )
  assert.ok(Number.isNaN(both.u8(0x6000)))
  assert.is(both.offsetInCore(0x4010), 0x10)
  assert.is(both.offsetInCore(0x3010), null)
  assert.equal(both.runs(0x2800, 0x4800), [
    { start: 0x2800, end: 0x3000 },
    { start: 0x3000, end: 0x4000 },
    { start: 0x4000, end: 0x4800 },
  ])
})

const table = suite('pc-value tables')

table('deltas are zigzag, values hold until the pc', () => {
  const m = memoryOf(Buffer.from([0x02, 0x10, 0x05, 0x0c, 0x00]))
  const at = (pc: number) => pcValue(m, 0x1000, 0x400000, pc, 1)
  assert.equal([0x400000, 0x40000f, 0x400010, 0x40001b].map(at), [0, 0, -3, -3])
  assert.is(at(0x40001c), null)
})

table('the first delta may be zero, and arm64 counts in instructions', () => {
  const m = memoryOf(Buffer.from([0x00, 0x02, 0x42, 0x03, 0x00]))
  assert.is(pcValue(m, 0x1000, 0, 7, 4), -1)
  assert.is(pcValue(m, 0x1000, 0, 8, 4), 32)
})

table('bytes that never end a number', () => {
  assert.is(pcValue(memoryOf(Buffer.alloc(64, 0xff)), 0x1000, 0, 5, 1), null)
})

const notes = suite('notes')

/** A core that holds just these notes. */
function coreOf(machine: number, list: { type: number; name: string; desc: Buffer }[]): Pages {
  const align = (b: Buffer) => Buffer.concat([b, Buffer.alloc((4 - (b.length % 4)) % 4)])
  const body = Buffer.concat(
    list.map(({ type, name, desc }) => {
      const head = Buffer.alloc(12)
      const named = name === '' ? Buffer.alloc(0) : Buffer.from(`${name}\0`)
      head.writeUInt32LE(named.length, 0)
      head.writeUInt32LE(desc.length, 4)
      head.writeUInt32LE(type, 8)
      return Buffer.concat([head, align(named), align(desc)])
    }),
  )
  const file = Buffer.alloc(120)
  file.write('\x7fELF\x02\x01\x01', 'latin1')
  file.writeUInt16LE(4, 16)
  file.writeUInt16LE(machine, 18)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(1, 56)
  file.writeUInt32LE(4, 64)
  file.writeBigUInt64LE(120n, 64 + 8)
  file.writeBigUInt64LE(BigInt(body.length), 64 + 32)
  return inMemory(Buffer.concat([file, body]))
}
const status = (tid: number, signal: number, size = 336) => {
  const desc = Buffer.alloc(size)
  desc.writeUInt16LE(signal, 12)
  desc.writeInt32LE(tid, 32)
  return { type: 1, name: 'CORE', desc }
}
const siginfo = (write: (desc: Buffer) => void) => {
  const desc = Buffer.alloc(128)
  write(desc)
  return { type: 0x53494749, name: 'CORE', desc }
}
const read = (machine: number, list: Parameters<typeof coreOf>[1]) => {
  const core = coreOf(machine, list)
  return readNotes(core, readElf(core))
}

notes('Delve leaves the names of its notes empty and adds one of its own', () => {
  const found = read(62, [
    { ...status(7, 0), name: '' },
    { type: 0x444c5645, name: 'DELVE', desc: Buffer.from('x') },
  ])
  assert.is(found.producer, 'dlv')
  assert.is(found.threads[0].tid, 7)
  assert.is(found.tornAt, null)
})

notes('gcore writes a siginfo for each thread', () => {
  const stop = siginfo(d => d.writeInt32LE(19, 0))
  assert.is(read(62, [status(7, 0), stop, status(8, 0), stop]).producer, 'gcore')
})

notes('registers of arm64 are others', () => {
  const arm = status(9, 11, 392)
  arm.desc.writeBigUInt64LE(0x4000n, 112 + 31 * 8)
  arm.desc.writeBigUInt64LE(0x1234n, 112 + 32 * 8)
  const [thread] = read(183, [arm]).threads
  assert.equal([thread.registers.sp, thread.registers.pc, thread.signal], [0x4000, 0x1234, 11])
})

notes('a note that reaches beyond the end is said', () => {
  const core = coreOf(62, [status(7, 11), status(8, 11)])
  const cut = inMemory(core.bytes(0, core.size - 100))
  const found = readNotes(cut, readElf(cut))
  assert.is(found.threads.length, 1)
  assert.ok(found.tornAt !== null)
})

const union = suite('siginfo')

union('who sent it, or where it failed, by its code', () => {
  const of = (signo: number, code: number) => {
    const bytes = Buffer.alloc(128)
    bytes.writeInt32LE(signo, 0)
    bytes.writeInt32LE(code, 8)
    bytes.writeInt32LE(4711, 16)
    bytes.writeInt32LE(1000, 20)
    const { pid, uid, addr } = readSiginfo(inMemory(bytes), 0)
    return [pid, uid, addr]
  }
  const sent = [4711, 1000, null]
  const address = [null, null, `0x${(4711 + 1000 * 2 ** 32).toString(16)}`]
  assert.equal(of(15, 0), sent)
  assert.equal(of(6, -6), sent)
  assert.equal(of(10, -1), sent)
  assert.equal(of(11, 1), address)
  assert.equal(of(7, 2), address)
  // Sent by somebody although it is a fault's number; and a fault without an address (SI_KERNEL).
  assert.equal(of(11, 0), sent)
  assert.equal(of(11, 128), [null, null, null])
  assert.equal(of(17, 1), [null, null, null])
})

const layouts = suite('layouts')

layouts('every version has one, known ones exactly', () => {
  for (let minor = 15; minor <= 27; minor++) assert.is(layoutFor(minor).exact, true)
  assert.is(layoutFor(14).exact, false)
  assert.is(layoutFor(99).exact, false)
  assert.is(layoutFor(null).exact, false)
  assert.is(layoutFor(99).layout, layoutFor(27).layout)
  assert.is(new Set(allLayouts()).size, allLayouts().length)
})

layouts('fields of g are in the order of the source, and do not overlap', () => {
  for (const { g } of allLayouts()) {
    const { parentGoid = g.gopc - 8 } = g
    const order = [g.stack, g.stackguard0, g.m, g.sched, g.syscallsp, g.syscallpc, g.atomicstatus, g.goid, g.waitsince]
    order.push(g.waitreason, g.lockedm, parentGoid, g.gopc, g.startpc, g.waiting, g.labels, g.timer)
    for (let i = 1; i < order.length; i++) assert.ok(order[i] > order[i - 1], `${i}: ${order}`)
    assert.is(g.goid - g.atomicstatus, 8)
    assert.is(g.timer - g.labels, 8)
  }
})

const expression = suite('expressions')

expression('the procedure linkage table of x86-64', () => {
  // breg7 8; breg16 0; lit15; and; lit11; ge; lit3; shl; plus: 8 more once the stub has pushed.
  const code = Buffer.from([0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22])
  const m = memoryOf(code)
  const cfa = (pc: number) =>
    evaluate(
      m,
      0x1000,
      0x1000 + code.length,
      new Map([
        [7, 0x7000],
        [16, pc],
      ]),
      [],
    )
  assert.is(cfa(0x400010), 0x7008)
  assert.is(cfa(0x40001b), 0x7010)
})

expression('an operation that is not known gives nothing', () => {
  assert.ok(Number.isNaN(evaluate(memoryOf(Buffer.from([0xf0])), 0x1000, 0x1001, new Map(), [])))
})

pages.run()
memory.run()
table.run()
notes.run()
union.run()
layouts.run()
expression.run()
