/** Configuration: what is wrong is said with line, column and a suggestion. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readManifest, zoneOf } from '../../src/config/manifest.js'
import { inFolder } from '../support/analyze.js'
import { sigtrace } from '../support/cli.js'

const manifest = suite('capture.toml')

manifest('everything that can be stated', async () => {
  const read = await readManifest(
    'host = "web1"\nzone = "+01:00"\ndate = 2026-11-24\npid = 77\nunit = "a.service"\n[offsets]\n"strace.txt" = -1.5\n[kinds]\n"x" = "strace"\n',
    'capture.toml',
  )
  assert.equal(read, {
    host: 'web1',
    zoneMinutes: 60,
    date: '2026-11-24',
    pid: 77,
    unit: 'a.service',
    offsets: { 'strace.txt': -1.5 },
    kinds: { x: 'strace' },
  })
})
for (const [text, message] of [
  ['pid = 7\nhots = "x"', 'capture.toml:2:1: unknown key hots; did you mean host?'],
  ['pid = "7"', 'capture.toml:1:1: pid must be a whole number'],
  ['[offsets]\n"a.txt" = "soon"', 'capture.toml:2:2: offsets.a.txt must be a number'],
  ['zone = "Europe/Berlin"', 'capture.toml: zone must be an offset from UTC as +01:00, not Europe/Berlin'],
  ['date = "2026-02-30"', 'capture.toml: date must be a day as 2026-11-24, not 2026-02-30'],
  ['pid = \n', 'capture.toml:1:7: Unexpected character'],
] as const)
  manifest(`refused: ${text.replaceAll('\n', ' ')}`, async () => {
    try {
      await readManifest(text, 'capture.toml')
      assert.unreachable()
    } catch (error) {
      assert.ok((error as Error).message.startsWith(message), (error as Error).message)
    }
  })
manifest('zones', () => {
  assert.equal(
    ['UTC', 'Z', '+05:30', '-0330', '+5'].map(z => zoneOf(z, 'zone')),
    [0, 0, 330, -210, 300],
  )
})

const command = suite('configuration on the command line')

command('an unknown key in capture.toml is one line and exit 2', async () => {
  await inFolder({ 'capture.toml': 'hots = "x"\n', 'a.txt': 'x' }, async folder => {
    const { status, stderr, stdout } = sigtrace(['analyze', folder, '--json'])
    assert.is(status, 2)
    assert.is(stderr, 'sigtrace: capture.toml:1:1: unknown key hots; did you mean host?\n')
    assert.is(stdout, '')
  })
})
command('defaults of sigtrace.toml are used, and the command line goes before them', async () => {
  await inFolder({ 'sigtrace.toml': 'format = ["json"]\nout = "r.json"\n', 'in/a.txt': 'x' }, async folder => {
    assert.is(sigtrace(['analyze', 'in'], { cwd: folder }).status, 3)
    assert.is(
      sigtrace(['analyze', 'in', '--config', 'nothere.toml'], { cwd: folder }).stderr,
      'sigtrace: cannot read nothere.toml: ENOENT\n',
    )
  })
})
command('a key that sigtrace.toml does not have', async () => {
  await inFolder({ 'sigtrace.toml': '[limits]\nratios = 3\n', 'a.txt': 'x' }, async folder => {
    const { status, stderr } = sigtrace(['analyze', '.'], { cwd: folder })
    assert.is(status, 2)
    assert.is(stderr, 'sigtrace: sigtrace.toml:2:1: unknown key limits.ratios; did you mean ratio?\n')
  })
})

manifest.run()
command.run()
