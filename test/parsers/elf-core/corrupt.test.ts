/** Cut, damaged and absurd cores: a diagnostic, whatever could still be read, and never an exception or a long wait. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileInput } from '../../../src/intake/input.js'
import { fixture, readCores, readInputs, sourceOf } from './read.js'

const PAGE = 4096

/** A file of holes with bytes at some places, however large. */
async function inSparseFile<T>(
  size: number,
  parts: { at: number; bytes: Uint8Array }[],
  use: (input: FileInput) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-test-'))
  const file = join(folder, 'core')
  try {
    const fd = openSync(file, 'w')
    ftruncateSync(fd, size)
    for (const { at, bytes } of parts) writeSync(fd, bytes, 0, bytes.length, at)
    closeSync(fd)
    return await use(new FileInput(sourceOf('core', size), file, size))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const cut = suite('truncated cores')

cut('a C core cut at every page: threads as long as there are notes, and the cut is said', async () => {
  const core = fixture('c-segv.core')
  const program = fixture('c-segv.binary')
  let threads = 0
  for (let size = PAGE; size < core.length; size += PAGE) {
    const read = await readCores({ core: core.subarray(0, size), program })
    const codes = read.diagnostics.map(d => d.code)
    assert.ok(
      codes.some(code => code === 'core.truncated' || code === 'core.no-segments'),
      `${size}: ${codes}`,
    )
    for (const d of read.diagnostics) assert.ok(d.remedy.length > 0)
    threads += read.cores[0]?.threads.length ?? 0
  }
  assert.ok(threads > 3 * 4000, 'nearly every cut leaves the notes')
})

cut('a Go core cut at every page of its first megabytes, and then here and there', async () => {
  const core = fixture('go1.19-deadlock.core')
  const program = fixture('go1.19-deadlock.binary')
  let most = 0
  let before = 0
  for (let size = PAGE; size < core.length; size += size < 1 << 20 ? PAGE : 1_048_576 + PAGE) {
    const { snapshots, diagnostics } = await readCores({ core: core.subarray(0, size), program })
    assert.ok(diagnostics.length > 0, `${size}`)
    most = Math.max(most, snapshots[0]?.table.length ?? 0)
    if (size < 1 << 20) before = most
  }
  assert.ok(before > 0, 'goroutines are found before the whole heap is there')
  assert.is(most, 8)
})

cut('less than a header is no core', async () => {
  const core = fixture('c-segv.core')
  for (const size of [20, 63, 64, 100, 119]) {
    const { cores, diagnostics } = await readCores({ core: core.subarray(0, size) })
    assert.is(cores.length, 0)
    assert.ok(diagnostics.some(d => d.severity === 'error' || d.severity === 'loss'))
  }
})

const damaged = suite('damaged cores')

damaged('random bytes in the headers and notes', async () => {
  const whole = fixture('c-segv.core')
  const program = fixture('c-segv.binary')
  // The first pages hold all headers and notes; a copy of what matters keeps each run short.
  const head = whole.subarray(0, 256 * 1024)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(12 * 1024), fc.uint8Array({ minLength: 1, maxLength: 16 })), {
        minLength: 1,
        maxLength: 40,
      }),
      async changes => {
        const core = Buffer.from(head)
        for (const [at, bytes] of changes) if (at >= 20) core.set(bytes, at)
        const { diagnostics } = await readCores({ core, program })
        assert.ok(diagnostics.length > 0)
      },
    ),
    { numRuns: 150 },
  )
})

damaged('random words in the runtime of a Go core', async () => {
  const whole = fixture('go1.19-deadlock.core')
  const program = fixture('go1.19-deadlock.binary')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(1 << 20), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
        minLength: 50,
        maxLength: 400,
      }),
      async changes => {
        const core = Buffer.from(whole)
        // Variables, goroutines, sudogs and stacks lie behind the headers and notes.
        for (const [at, word] of changes) core.writeBigUInt64LE(word, 16 * 1024 + at * 8 - (at % 8))
        const { snapshots } = await readCores({ core, program })
        for (const s of snapshots) for (let row = 0; row < s.table.length; row++) s.detail(row)
      },
    ),
    { numRuns: 15 },
  )
})

damaged('a damaged binary beside a sound core', async () => {
  const core = fixture('go1.19-deadlock.core')
  const program = fixture('go1.19-deadlock.binary')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(program.length - 9), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
        minLength: 50,
        maxLength: 2000,
      }),
      async changes => {
        const bytes = Buffer.from(program)
        for (const [at, word] of changes) if (at > 64) bytes.writeBigUInt64LE(word, at)
        const { snapshots } = await readCores({ core, program: bytes })
        for (const s of snapshots) for (let row = 0; row < s.table.length; row++) s.detail(row)
      },
    ),
    { numRuns: 15 },
  )
})

damaged('notes of 4 GB, one of them or very many', async () => {
  for (const descsz of [0xfffffff0, 0, 4]) {
    const size = 4.5 * 2 ** 30
    const head = Buffer.from(fixture('c-segv.core').subarray(0, PAGE))
    const notes = { at: 64 }
    head.writeUInt32LE(4, notes.at)
    head.writeBigUInt64LE(BigInt(PAGE), notes.at + 8)
    head.writeBigUInt64LE(BigInt(4 * 2 ** 30), notes.at + 32)
    const note = Buffer.alloc(descsz === 4 ? 1 << 20 : 20)
    for (let at = 0; at + 20 <= note.length; at += 20) {
      note.writeUInt32LE(5, at)
      note.writeUInt32LE(descsz, at + 4)
      note.writeUInt32LE(1, at + 8)
    }
    const parts = [
      { at: 0, bytes: head },
      { at: PAGE, bytes: note },
    ]
    const started = performance.now()
    const { diagnostics } = await inSparseFile(size, parts, input => readInputs([input]))
    assert.ok(performance.now() - started < 10_000)
    assert.ok(
      diagnostics.some(d => d.code === 'core.torn-notes'),
      `${descsz}: ${diagnostics.map(d => d.code)}`,
    )
  }
})

damaged('32-bit and big-endian files are said to be so', async () => {
  for (const [at, value] of [
    [4, 1],
    [5, 2],
  ]) {
    const core = Buffer.from(fixture('c-segv.core').subarray(0, PAGE))
    core[at] = value
    const { diagnostics } = await readCores({ core })
    assert.is(diagnostics[0].code, 'core.unsupported-elf')
  }
})

cut.run()
damaged.run()
