/** What is packed is unpacked, within limits, and what is wrong with it is said. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_LIMITS } from '../../src/config/settings.js'
import { openInputs } from '../../src/intake/index.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import { type Files, inFolder } from '../support/analyze.js'

const FIXTURES = 'test/fixtures/intake'

/** What the intake makes of a folder: name and text of each input, codes of what was wrong. */
async function opened(files: Files, limits = DEFAULT_LIMITS) {
  return inFolder(files, async folder => {
    const diagnostics = new Diagnostics()
    const intake = await openInputs([folder], diagnostics, limits)
    try {
      await intake.hashed()
      const inputs = Object.fromEntries(
        intake.inputs.map(i => [i.source.path, Buffer.from(i.read(0, i.size)).toString('latin1')]),
      )
      return {
        inputs,
        codes: diagnostics.list().map(d => d.code),
        diagnostics: diagnostics.list(),
        sources: intake.inputs.map(i => i.source),
      }
    } finally {
      intake.close()
    }
  })
}

async function tarOf(members: Record<string, string | Buffer>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(members)) tar.entry({ name }, Buffer.from(content))
  tar.finalize()
  const pieces: Buffer[] = []
  for await (const piece of tar) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** A zip of one member, by hand: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16. CRCs are not checked by the reader. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content)
  const path = Buffer.from(name)
  const sizes = (at: Buffer, from: number) => {
    at.writeUInt32LE(packed.length, from)
    at.writeUInt32LE(content.length, from + 4)
    at.writeUInt16LE(path.length, from + 8)
  }
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(20, 4)
  local.writeUInt16LE(8, 8)
  sizes(local, 18)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(20, 6)
  central.writeUInt16LE(8, 10)
  sizes(central, 20)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length + path.length, 12)
  end.writeUInt32LE(local.length + path.length + packed.length, 16)
  return Buffer.concat([local, path, packed, central, path, end])
}

const archives = suite('intake: archives')

archives('gzip keeps its name, members of a tar stand below it', async () => {
  const { inputs, codes } = await opened({
    'a.txt.gz': gzipSync('hello'),
    'b.tar.gz': gzipSync(await tarOf({ 'dir/one': '1', two: gzipSync('2') })),
  })
  assert.equal(inputs, { 'a.txt.gz': 'hello', 'b.tar.gz/dir/one': '1', 'b.tar.gz/two': '2' })
  assert.equal(codes, [])
})
archives('members of a zip', async () => {
  assert.equal((await opened({ 'x.zip': zipOf('dir/log', Buffer.from('zipped')) })).inputs, {
    'x.zip/dir/log': 'zipped',
  })
})
for (const packing of ['zst', 'xz', 'lz4'])
  archives(`${packing}`, async () => {
    const packed = readFileSync(join(FIXTURES, `lines.txt.${packing}`))
    const { inputs, codes } = await opened({ [`lines.txt.${packing}`]: packed })
    assert.equal(codes, [])
    assert.equal(inputs[`lines.txt.${packing}`], Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join(''))
  })
archives('what is large lies in a file without a name', async () => {
  const big = Buffer.alloc(40 * 2 ** 20)
  for (let i = 0; i < big.length; i += 4096) big.writeUInt32LE(i, i)
  const left = () => readdirSync(tmpdir()).filter(n => n.startsWith('sigtrace-') && !n.startsWith('sigtrace-test-'))
  const before = left()
  await inFolder({ 'core.gz': gzipSync(big, { level: 1 }) }, async folder => {
    const intake = await openInputs([folder], new Diagnostics())
    assert.equal(left(), before)
    assert.ok(intake.inputs[0].file)
    assert.ok(big.equals(intake.inputs[0].read(0, big.length)))
    const pieces: Buffer[] = []
    for (const piece of intake.inputs[0].chunks()) pieces.push(Buffer.from(piece))
    assert.ok(big.equals(Buffer.concat(pieces)))
    intake.close()
  })
})
archives('several gzip members in one file are one input', async () => {
  assert.equal((await opened({ 'log.gz': Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]) })).inputs, {
    'log.gz': 'one\ntwo\n',
  })
})

const traps = suite('intake: traps')

for (const [what, cut] of [
  ['gzip', 0.5],
  ['gzip to the header', 0.02],
] as const)
  traps(`a cut ${what} gives what came before, and says so`, async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i * 7919}\n`).join('')))
    const { inputs, codes } = await opened({
      'log.gz': whole.subarray(0, Math.max(20, Math.floor(whole.length * cut))),
    })
    assert.equal(codes, ['intake.damaged'])
    assert.is(Object.keys(inputs).length, 1)
    if (cut === 0.5) assert.ok(inputs['log.gz'].startsWith('line 0\nline 7919\n'))
  })
for (const packing of ['zst', 'xz', 'lz4'])
  traps(`a cut ${packing} is said`, async () => {
    const packed = readFileSync(join(FIXTURES, `lines.txt.${packing}`))
    const { codes } = await opened({ [`lines.txt.${packing}`]: packed.subarray(0, packed.length - 40) })
    assert.equal(codes, ['intake.damaged'])
  })
traps('a cut tar keeps its whole members', async () => {
  const tar = await tarOf({ one: 'a'.repeat(600), two: 'b'.repeat(2000) })
  const { inputs, codes } = await opened({ 'x.tar': tar.subarray(0, 512 + 1024 + 512 + 700) })
  assert.is(inputs['x.tar/one'], 'a'.repeat(600))
  assert.ok(codes.includes('intake.damaged'))
})
traps('names that lead out of the archive are cleaned', async () => {
  const { inputs, codes } = await opened({ 'x.tar': await tarOf({ '../../etc/passwd': 'x', '/abs/log': 'y' }) })
  assert.equal(inputs, { 'x.tar/etc/passwd': 'x', 'x.tar/abs/log': 'y' })
  assert.equal(codes, ['intake.unsafe-name'])
})
traps('a zip bomb stays packed', async () => {
  const { inputs, codes, diagnostics } = await opened({
    'bomb.zip': zipOf('zeros', Buffer.alloc(300 * 2 ** 20)),
    'log.txt': 'x',
  })
  assert.equal(codes, ['intake.bomb'])
  assert.match(diagnostics[0].remedy, 'unpack it yourself')
  assert.is(inputs['log.txt'], 'x')
})
traps('a core of untouched memory is no bomb', async () => {
  const core = Buffer.alloc(300 * 2 ** 20)
  Buffer.from('7f454c4602010100000000000000000004003e00', 'hex').copy(core)
  const { codes, sources } = await opened({ 'core.zip': zipOf('core.1234', core) })
  assert.equal(codes, [])
  assert.is(sources.find(s => s.path === 'core.zip/core.1234')?.bytes, core.length)
  core[16] = 2
  assert.equal((await opened({ 'core.zip': zipOf('a.out', core) })).codes, ['intake.bomb'])
})
traps('a gzip that unpacks to more than is allowed', async () => {
  const limits = { ...DEFAULT_LIMITS, unpacked: 1000 }
  assert.equal((await opened({ 'a.gz': gzipSync(Buffer.alloc(2000)) }, limits)).codes, ['intake.bomb'])
})
traps('archives in archives without end', async () => {
  let inner: Buffer = gzipSync('core')
  for (let i = 0; i < 8; i++) inner = gzipSync(inner)
  assert.equal((await opened({ 'a.gz': inner })).codes, ['intake.nested'])
})
traps('too many files are counted, not read', async () => {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, 'x']))
  const { codes, inputs } = await opened(files, { ...DEFAULT_LIMITS, files: 5 })
  assert.equal(codes, ['intake.too-many-files'])
  assert.is(Object.keys(inputs).length, 5)
})
traps('two members of one name', async () => {
  const tar = pack()
  tar.entry({ name: 'log' }, 'first')
  tar.entry({ name: 'log' }, 'second')
  tar.finalize()
  const pieces: Buffer[] = []
  for await (const piece of tar) pieces.push(piece as Buffer)
  assert.equal((await opened({ 'x.tar': Buffer.concat(pieces) })).inputs, {
    'x.tar/log': 'first',
    'x.tar/log#2': 'second',
  })
})
traps('what is given twice is read once', async () => {
  await inFolder({ 'in/log': 'x', 'in/other': 'x' }, async folder => {
    const paths = [join(folder, 'in'), join(folder, 'in', 'log'), join(folder, 'in')]
    const intake = await openInputs(paths, new Diagnostics())
    intake.close()
    // Files of the same content are two: two dumps of a program that hangs are alike.
    assert.equal(intake.inputs.map(i => basename(i.source.path)).sort(), ['log', 'other'])
  })
})
traps('a pipe that is named is read like standard input; a device is none', async () => {
  await inFolder({}, async folder => {
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    const writer = spawn('sh', ['-c', 'printf text > "$0"', pipe])
    const intake = await openInputs([pipe], new Diagnostics())
    const [input] = intake.inputs
    assert.is(Buffer.from(input.read(0, 10)).toString(), 'text')
    assert.is(input.source.sha256.length, 64)
    intake.close()
    writer.kill()
  })
  try {
    await openInputs(['/dev/zero'], new Diagnostics())
    assert.unreachable()
  } catch (error) {
    assert.match(String(error), '/dev/zero: neither a file nor a folder')
  }
})
if (process.platform === 'linux')
  traps('a live folder of /proc: files without size have content, and some have no end', async () => {
    const diagnostics = new Diagnostics()
    const intake = await openInputs([`/proc/${process.pid}`], diagnostics)
    const of = (name: string) => intake.inputs.find(i => i.source.path === name)
    assert.match(Buffer.from(of('status')!.read(0, 100)).toString(), 'Name:')
    assert.ok((of('pagemap')?.size ?? 0) <= 1024 * 1024)
    assert.ok(diagnostics.list().filter(d => d.code === 'intake.no-content').length <= 1)
    intake.close()
  })
traps('a fifo and a dangling link are passed over', async () => {
  await inFolder({ 'a.txt': 'x' }, async folder => {
    spawnSync('mkfifo', [join(folder, 'pipe')])
    spawnSync('ln', ['-s', '/nowhere', join(folder, 'link')])
    const diagnostics = new Diagnostics()
    const intake = await openInputs([folder], diagnostics)
    assert.equal(
      intake.inputs.map(i => i.source.path),
      ['a.txt'],
    )
    assert.equal(
      diagnostics
        .list()
        .map(d => d.first.source)
        .sort(),
      ['link', 'pipe'],
    )
    intake.close()
  })
})
traps('numbered links are evidence: a copy of /proc/PID/fd', async () => {
  await inFolder({ 'fd/.keep': '' }, async folder => {
    spawnSync('ln', ['-s', 'pipe:[77]', join(folder, 'fd', '1')])
    spawnSync('ln', ['-s', '/dev/null', join(folder, 'fd', '0')])
    const intake = await openInputs([folder], new Diagnostics())
    const links = intake.inputs.find(i => i.source.path === 'fd/links')!
    assert.is(Buffer.from(links.read(0, 100)).toString(), '0 -> /dev/null\n1 -> pipe:[77]\n')
    intake.close()
  })
})

archives.run()
traps.run()
