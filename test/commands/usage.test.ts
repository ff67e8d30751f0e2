/** Bad usage is one line and exit 2; bad input a clear message and its own status; a reader that leaves is no fault. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VERSION } from '../../src/version.js'
import { inFolder } from '../support/analyze.js'
import { CLI_PATH, sigtrace } from '../support/cli.js'

const usage = suite('usage')

for (const [args, message] of [
  [['analyse', 'x'], "unknown command 'analyse' (Did you mean analyze?)"],
  [['analyze'], "missing required argument 'path'"],
  [['analyze', 'nothere'], 'nothere: no such file or directory'],
  [['analyze', '.', '--formt', 'json'], "unknown option '--formt' (Did you mean --format?)"],
  [['analyze', '.', '--format', 'htlm'], 'unknown format htlm; did you mean html?'],
  [['analyze', '.', '--json', '--format', 'svg'], '--json and --format exclude each other'],
  [['analyze', '.', '--out', '-', '--format', 'json,text'], '--out - takes one format'],
  [
    ['analyze', '.', '--fail-on', 'bad'],
    "option '--fail-on <severity>' argument 'bad' is invalid. Allowed choices are fatal, error, warning, note, never.",
  ],
  [['analyze', '.', '--pid', '-3'], '--pid must be a positive whole number, not -3'],
  [['analyze', '.', '--offset', 'x'], '--offset must be FILE=SECONDS, not x'],
  [['analyze', '.', '--since', '10'], '--since must be a duration as 90s, 10m or 2h, not 10'],
  [['explain', 'sigpip/go-stdio'], 'nothing is known of sigpip/go-stdio'],
  [['explain', '256'], 'nothing is known of 256'],
  [['batch', 'nothere'], 'nothere: no such file or directory'],
  [['collect'], 'give a command after --, or --pid'],
  [['collect', '--pid', '4999999'], 'no process 4999999'],
] as const)
  usage(args.join(' '), () => {
    const { status, stdout, stderr } = sigtrace([...args])
    assert.is(status, 2)
    assert.is(stdout, '')
    assert.ok(stderr.startsWith(`sigtrace: ${message}`), stderr)
    assert.is(stderr.trimEnd().split('\n').length, 1)
  })

usage('--version and --help', () => {
  assert.equal(sigtrace(['--version']), { status: 0, stdout: `${VERSION}\n`, stderr: '' })
  const help = sigtrace(['analyze', '--help'])
  assert.is(help.status, 0)
  assert.match(help.stdout, '--fail-on')
})

const input = suite('input')

input('an empty folder', async () => {
  await inFolder({}, async folder => {
    const { status, stderr } = sigtrace(['analyze', folder, '--json'])
    assert.is(status, 3)
    assert.match(stderr, 'there is no file to read')
  })
})
input('a binary file', async () => {
  await inFolder({ 'x.bin': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)) }, async folder => {
    const { status, stderr, stdout } = sigtrace(['analyze', `${folder}/x.bin`, '--json'])
    assert.is(status, 3)
    assert.match(stderr, 'nothing was recognised in x.bin')
    assert.is(JSON.parse(stdout).sources[0].kind, 'unrecognised')
  })
})
input('a line of 200 MB', async () => {
  await inFolder({ 'long.txt': Buffer.alloc(200 * 2 ** 20, 'x') }, async folder => {
    assert.is(sigtrace(['analyze', folder, '--json']).status, 3)
  })
})
input('a file that may not be read', async () => {
  // Root may read everything; nobody meets the closed door, if nobody may read the program itself.
  const root = process.getuid?.() === 0
  const as = root ? { uid: 65534, gid: 65534 } : {}
  if (spawnSync(process.execPath, [CLI_PATH, '--version'], { ...as, cwd: '/' }).status !== 0) {
    console.log('not run: the program cannot be read by the user nobody')
    return
  }
  await inFolder({ 'a.txt': 'x', 'closed.txt': 'y' }, async folder => {
    spawnSync('chmod', ['755', folder])
    spawnSync('chmod', ['000', `${folder}/closed.txt`])
    const { status, stderr } = spawnSync(process.execPath, [CLI_PATH, 'analyze', folder, '--json'], { ...as, cwd: '/' })
    assert.is(status, 3)
    assert.match(stderr.toString(), 'closed.txt: Could not be read: EACCES')
  })
})
input('- reads standard input', () => {
  const { status, stdout } = sigtrace(['analyze', '-', '--json'], { input: 'hello\n' })
  assert.is(status, 3)
  const report = JSON.parse(stdout)
  assert.is(report.sources[0].path, 'stdin')
  assert.is(report.sources[0].sha256, '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03')
})

const output = suite('output')

for (const args of [['rules'], ['formats'], ['schema'], ['--help'], ['explain', 'SIGPIPE']])
  output(`a reader that leaves at once: sigtrace ${args.join(' ')}`, async () => {
    const child = spawn(process.execPath, [CLI_PATH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let said = ''
    child.stderr.on('data', piece => (said += piece))
    const [code, signal] = await once(child, 'close')
    assert.equal({ code, signal, said }, { code: 0, signal: null, said: '' })
  })
output('several formats go into a folder', async () => {
  await inFolder({ 'in/a.txt': 'x' }, async folder => {
    const { stderr } = sigtrace(['analyze', 'in', '--format', 'json,sarif', '--out', 'out/'], { cwd: folder })
    assert.match(stderr, 'report: out/sigtrace-report.json')
    assert.match(stderr, 'report: out/sigtrace-report.sarif')
  })
})
output('a report that cannot be written', async () => {
  await inFolder({ 'in/a.txt': 'x' }, async folder => {
    const { status, stderr } = sigtrace(['analyze', 'in', '--out', 'in/a.txt/r.html'], { cwd: folder })
    assert.is(status, 2)
    assert.match(stderr, 'cannot write in/a.txt/r.html')
  })
})
output('a folder that nobody can make: Node makes folders below /proc for ever', async () => {
  await inFolder({ 'in/a.txt': 'x', 'b/in/a.txt': 'x' }, async folder => {
    for (const [args, message] of [
      [['analyze', 'in', '--out', '/proc/nowhere/r.html'], 'cannot write /proc/nowhere/r.html'],
      [['batch', 'b', '--out', '/proc/nowhere'], 'cannot make /proc/nowhere'],
      [['collect', '--out', '/proc/nowhere', '--', 'true'], 'cannot use /proc/nowhere'],
    ] as const) {
      const { status, stderr } = sigtrace([...args], { cwd: folder, timeout: 20_000 })
      assert.is(status, 2, message)
      assert.match(stderr, message)
    }
    assert.is(sigtrace(['analyze', 'in', '--out', 'new/one/r.html'], { cwd: folder }).stderr.includes('cannot'), false)
  })
})

usage.run()
input.run()
output.run()
