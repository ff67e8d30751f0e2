/** A core of more than 4 GB costs what is read of it. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileInput, MemoryInput } from '../../../src/intake/input.js'
import { fixture, readInputs, sourceOf } from './read.js'
import { differences, readTraceback } from './traceback.js'

const large = suite('large cores')

large('a heap of 4 GB in which nothing is asked for', async () => {
  const core = Buffer.from(fixture('go1.19-deadlock.core'))
  const program = fixture('go1.19-deadlock.binary')
  // The last segment with bytes of its own becomes 4 GB of holes behind the rest, at addresses that nobody uses.
  const phnum = core.readUInt16LE(56)
  const headers = Array.from({ length: phnum }, (_, i) => 64 + i * 56)
  const empty = headers.findLast(at => core.readUInt32LE(at) === 1 && core.readBigUInt64LE(at + 32) === 0n)
  assert.ok(empty !== undefined, 'the core has a segment that was not dumped')
  const heap = 4n << 30n
  core.writeBigUInt64LE(BigInt(core.length), empty + 8)
  core.writeBigUInt64LE(0x600000000000n, empty + 16)
  core.writeBigUInt64LE(heap, empty + 32)
  core.writeBigUInt64LE(heap, empty + 40)
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-test-'))
  try {
    const file = join(folder, 'core')
    const fd = openSync(file, 'w')
    writeSync(fd, core)
    ftruncateSync(fd, core.length + Number(heap))
    closeSync(fd)
    const before = process.memoryUsage().rss
    const { snapshots, diagnostics } = await readInputs([
      new FileInput(sourceOf('core', core.length + Number(heap)), file, core.length + Number(heap)),
      new MemoryInput(sourceOf('program', program.length), program),
    ])
    assert.equal(diagnostics, [])
    assert.equal(differences(snapshots[0], readTraceback(fixture('go1.19-deadlock.traceback.txt').toString())), [])
    assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024, 'memory grows with what is kept')
    // Cumulative for the process: far from the 4 GB, whatever the file system counts for its holes.
    assert.ok(process.resourceUsage().fsRead * 512 < 1024 * 1024 * 1024)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

large.run()
