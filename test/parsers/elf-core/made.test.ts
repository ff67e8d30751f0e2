/**
 * Cores that are made here and now with the Go that is installed: plain, stripped, position-independent, with cgo, and
 * with 100,000 goroutines, each against what the process itself printed. Where there is no Go or no core can be had,
 * the suite says so and passes over them.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { goMinor } from '../../../parsers/shared/wait-reasons.js'
import { FileInput } from '../../../src/intake/input.js'
import type { GoroutineSnapshot } from '../../../src/model/goroutine.js'
import { type ReadCores, readInputs, rowOf, sourceOf } from './read.js'
import { argumentDifferences, differences, readTraceback } from './traceback.js'

const PROGRAMS = 'test/fixtures/cores/programs'

const folder = mkdtempSync(join(tmpdir(), 'sigtrace-cores-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Why cores cannot be made on this machine; null where they can. */
function obstacle(): string | null {
  if (spawnSync('go', ['version']).status !== 0) return 'Go is not installed'
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim()
  if (pattern !== 'core') return `core_pattern is ${pattern}, not core`
  return null
}
const missing = process.platform === 'linux' ? obstacle() : 'not Linux'
if (missing !== null) console.log(`  note: no cores were made here: ${missing}`)

interface Made {
  read: ReadCores
  /** What the program printed on stdout and stderr. */
  out: string
  err: string
}

const input = (file: string) => new FileInput(sourceOf(file, statSync(file).size), file, statSync(file).size)

/** Name of the core that a process left in its folder. */
function coreIn(work: string): string {
  const core = readdirSync(work).find(f => f.startsWith('core'))
  assert.ok(core, `no core in ${readdirSync(work)}`)
  return core
}

const known = new Map<string, Promise<Made>>()

/** Builds a program, lets it die and reads its core; the same again is only done once. */
function make(name: string, flags: string[], args: string[], env: NodeJS.ProcessEnv = {}): Promise<Made> {
  const key = [name, ...flags, ...args].join(' ')
  const promise = known.get(key) ?? build(name, flags, args, env)
  known.set(key, promise)
  return promise
}

async function build(name: string, flags: string[], args: string[], env: NodeJS.ProcessEnv): Promise<Made> {
  const binary = join(folder, `${name}-${flags.join('').replace(/\W/g, '')}`)
  const compiled = spawnSync('go', ['build', '-o', binary, ...flags, join(process.cwd(), PROGRAMS, `${name}.go`)], {
    env: { ...process.env, GOFLAGS: '-trimpath', GO111MODULE: 'off', ...env },
    cwd: folder,
  })
  assert.is(compiled.status, 0, String(compiled.stderr))
  const work = mkdtempSync(join(folder, 'run-'))
  const run = spawnSync('bash', ['-c', `ulimit -c unlimited; exec "$0" "$@"`, binary, ...args], {
    cwd: work,
    env: { ...process.env, GOTRACEBACK: 'crash' },
    maxBuffer: 1 << 30,
  })
  const read = await readInputs([input(join(work, coreIn(work))), input(binary)])
  return { read, out: run.stdout.toString(), err: run.stderr.toString() }
}

const made = suite('cores made here')
const test: typeof made = missing === null ? made : (made.skip as typeof made)

const BUILDS: [string, string[]][] = [
  ['plain', []],
  ['stripped', ['-ldflags=-s -w']],
  ['position-independent', ['-buildmode=pie']],
  ['position-independent and stripped', ['-buildmode=pie', '-ldflags=-s -w']],
]

/** Lines `kind 0xaddress: waiters` that the program printed of its own objects. */
function printed(out: string): { kind: string; address: number }[] {
  return [...out.matchAll(/^(\w+) (0x[0-9a-f]+)$/gm)].map(m => ({ kind: m[1], address: Number(m[2]) }))
}

/** The one goroutine whose innermost frame of the program's own is `func`. */
function inFunction(snapshot: GoroutineSnapshot, func: string): number {
  const { table } = snapshot
  const rows = Array.from({ length: table.length }, (_, row) => row).filter(
    row => table.stacks[table.stack[row]].frames.find(f => f.func.startsWith('main.'))?.func === func,
  )
  assert.is(rows.length, 1, func)
  return table.ids[rows[0]]
}

const DEATHS: [string, string[], string][] = [
  ...BUILDS.map(([name, flags]): [string, string[], string] => [name, flags, 'quit']),
  ['plain', [], 'nil'],
  ['position-independent and stripped', BUILDS[3][1], 'panic'],
]

const LAST_WORDS: Record<string, unknown[]> = {
  quit: [],
  nil: [['panic: runtime error: invalid memory address or nil pointer dereference', 'SIGSEGV', 1]],
  panic: [['panic: boom', null, 1]],
}

for (const [name, flags, death] of DEATHS)
  test(`${name}, ${death}: goroutines, frames, arguments`, async () => {
    const { read, err } = await make('objects', flags, [death])
    const truth = readTraceback(err)
    assert.is(read.snapshots.length, 1)
    assert.ok(truth.size > 15)
    assert.equal(differences(read.snapshots[0], truth), [])
    assert.equal(argumentDifferences(read.snapshots[0], truth), [])
    assert.is(read.cores[0].signal?.signal, 'SIGABRT')
    assert.equal(
      read.crashes.map(c => [c.message, c.signal, c.goroutine]),
      LAST_WORDS[death],
    )
    assert.equal(read.diagnostics, [])
  })

for (const [name, flags] of BUILDS.slice(0, 2))
  test(`${name}: channels, locks, WaitGroup, Cond and descriptor at the addresses that the program printed`, async () => {
    const { read, out } = await make('objects', flags, ['quit'])
    const [snapshot] = read.snapshots
    const wants = printed(out)
    assert.is(wants.length, 7)
    for (const { kind, address } of wants) {
      const found = snapshot.objects.find(o => o.address === address)
      assert.is(found?.kind, kind, `${kind} at ${address.toString(16)}`)
    }
    const [first, second, empty, full, rw, group, cond] = wants.map(
      w => snapshot.objects.find(o => o.address === w.address)!,
    )
    const on = (id: number) => snapshot.table.object[rowOf(snapshot, id)]
    assert.is(first.waiters.length, 1)
    assert.is(second.waiters.length, 1)
    assert.equal(first.state, { locked: true, woken: false, starving: false, waiters: 1 })
    const reader = inFunction(snapshot, 'main.receive[...]')
    const both = inFunction(snapshot, 'main.pick')
    const writer = inFunction(snapshot, 'main.send')
    assert.equal(empty.waiters, [reader, both])
    assert.equal(full.senders, [writer, both])
    assert.equal([full.state.len, full.state.cap, full.state.closed], [2, 2, false])
    assert.is(on(reader), empty.address)
    assert.is(on(both), 0)
    assert.equal([rw.state.writerPending, rw.state.readersBeforeWriter], [true, 1])
    assert.equal(new Set(rw.waiters), new Set([inFunction(snapshot, 'main.write'), inFunction(snapshot, 'main.read')]))
    assert.equal(group.state, { counter: 3, waiters: 1 })
    assert.equal(cond.waiters, [inFunction(snapshot, 'main.await')])
    const accept = snapshot.objects.find(o => o.kind === 'netpoll')
    assert.is(accept?.state.fd, Number(/^fd (\d+)$/m.exec(out)?.[1]))
    const labels = snapshot.table.labels.get(rowOf(snapshot, both))
    assert.equal(labels, { tenant: 'acme corp', req: '42' })
  })

const cgo = missing === null && spawnSync('gcc', ['--version']).status === 0
if (missing === null && !cgo) console.log('  note: no cgo core was made here: gcc is not installed')
;(cgo ? test : made.skip)('with cgo: goroutines in C, and the stacks of threads from C into Go', async () => {
  const { read, err } = await make('cgo', [], [], { CGO_ENABLED: '1' })
  const [snapshot] = read.snapshots
  assert.equal(differences(snapshot, readTraceback(err)), [])
  const names = read.cores[0].threads.map(t => t.frames.map(f => f.func))
  const inC = names.filter(frames => frames.includes('wait_in_c'))
  assert.is(inC.length, 1, names.map(n => n.join(' < ')).join('\n'))
  // From the C function over the runtime's switch of stacks back to the goroutine that called it.
  assert.ok(inC[0].indexOf('wait_in_c') < inC[0].indexOf('runtime.cgocall'), inC[0].join(' < '))
  assert.ok(inC[0].includes('main.callC'), inC[0].join(' < '))
})

/** Threads that print at the same time tear each other's lines: such a text is no truth to compare with. */
const TORN = /[^\n]goroutine \d+ \[|fatal error/

test('100,000 goroutines, stripped', async () => {
  let made = await make('many', ['-ldflags=-s -w'], ['100000'])
  for (let again = 0; again < 2 && TORN.test(made.err); again++)
    made = await build('many', ['-ldflags=-s -w'], ['100000'], {})
  const { read, err } = made
  const [snapshot] = read.snapshots
  assert.ok(snapshot.table.length > 100_000)
  assert.equal(differences(snapshot, readTraceback(err)).slice(0, 3), [])
  assert.ok(snapshot.table.stacks.length < 100)
  const crowd = snapshot.objects.find(o => o.waiters.length > 49_000)
  assert.is(crowd?.kind, 'channel')
})

// The TypeScript compiler is a stripped Go program of a recent release, and always at hand.
const COMPILER = `node_modules/@typescript/typescript-linux-${process.arch}/lib/tsc`
const compiler = missing === null && existsSync(COMPILER)
if (missing === null && !compiler)
  console.log('  note: no core of the TypeScript compiler was made: it is not a program')
;(compiler ? test : made.skip)('a stripped program of a newer Go than the one that is installed', async () => {
  const work = mkdtempSync(join(folder, 'run-'))
  writeFileSync(join(work, 'a.ts'), 'export const a: number = 1\n')
  const shell = `ulimit -c unlimited; exec "$0" --watch --noEmit a.ts`
  const child = spawn('bash', ['-c', shell, join(process.cwd(), COMPILER)], {
    cwd: work,
    env: { ...process.env, GOTRACEBACK: 'crash' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', data => (err += data))
  await new Promise<void>(ready => child.stdout.on('data', data => /Watching for file changes/.test(data) && ready()))
  child.kill('SIGQUIT')
  await new Promise(closed => child.on('close', closed))
  const read = await readInputs([input(join(work, coreIn(work))), input(COMPILER)])
  assert.equal(differences(read.snapshots[0], readTraceback(err)), [])
  assert.equal(argumentDifferences(read.snapshots[0], readTraceback(err)), [])
  assert.equal(read.diagnostics, [])
  const minor = goMinor(read.cores[0].goVersion)
  assert.ok(minor !== null && minor > 24, `${read.cores[0].goVersion}`)
})

made('the programs are there, whether they can be run or not', () => {
  for (const name of ['objects', 'cgo', 'many'])
    assert.match(readFileSync(join(PROGRAMS, `${name}.go`), 'utf8'), /^\/\/ .*\.\npackage main$/m)
})

made.run()
