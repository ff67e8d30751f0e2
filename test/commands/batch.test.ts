/** Many captures at once. */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inFolder } from '../support/analyze.js'
import { sigtrace } from '../support/cli.js'

const batch = suite('sigtrace batch')

batch('a report for each, one group for the same death, and the index of both', async () => {
  await inFolder({ 'all/odd.bin': '\0\x01\x02', 'all/bad/capture.toml': 'nokey = 1\n' }, async folder => {
    for (const name of ['monday', 'tuesday <b>'])
      cpSync('samples/mutex-deadlock/capture', join(folder, 'all', name), { recursive: true })
    const { status, stdout } = sigtrace(['batch', join(folder, 'all'), '--out', join(folder, 'out'), '--json', '-q'])
    assert.is(status, 4)
    const { rows, groups } = JSON.parse(stdout)
    assert.equal(
      rows.map((r: { name: string; rule: string | null; status: number }) => [r.name, r.rule, r.status]),
      [
        ['bad', null, 70],
        ['monday', 'mutex/deadlock', 0],
        ['odd.bin', null, 3],
        ['tuesday <b>', 'mutex/deadlock', 0],
      ],
    )
    assert.equal(
      groups.map((g: { names: string[] }) => g.names),
      [['monday', 'tuesday <b>']],
    )
    const page = readFileSync(join(folder, 'out', 'index.html'), 'utf8')
    assert.not.match(page, 'tuesday <b>')
    for (const [, link] of page.matchAll(/href="([^"]+)"/g))
      assert.ok(existsSync(join(folder, 'out', decodeURIComponent(link))), link)
  })
})

batch.run()
