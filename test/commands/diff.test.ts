/** Comparing two captures, or two saved reports. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inFolder } from '../support/analyze.js'
import { sigtrace } from '../support/cli.js'

const DUMP = 'samples/channel-leak/capture/pprof-goroutine.debug2.txt'
const diff = suite('sigtrace diff')

diff('a capture and its own saved report are the same', async () => {
  await inFolder({}, async folder => {
    writeFileSync(join(folder, 'saved.json'), sigtrace(['analyze', DUMP, '--json']).stdout)
    const { status, stdout } = sigtrace(['diff', join(folder, 'saved.json'), DUMP, '--json'])
    assert.is(status, 0)
    const { sameVerdict, findings, groups } = JSON.parse(stdout)
    assert.ok(sameVerdict)
    assert.equal([findings.appeared, findings.gone], [[], []])
    assert.equal([groups.appeared, groups.gone, groups.grew, groups.shrank], [[], [], [], []])
  })
})
diff('what came is named', async () => {
  await inFolder({}, async folder => {
    copyFileSync('samples/mutex-deadlock/capture/pprof-goroutine.debug2.txt', join(folder, 'b.txt'))
    const { stdout } = sigtrace(['diff', DUMP, join(folder, 'b.txt')])
    assert.match(stdout, 'The verdict has changed.')
    assert.match(stdout, /New findings\n {2}mutex\/deadlock/)
  })
})
diff('a cut report is a usage error, nothing recognised is 3', async () => {
  await inFolder({ 'cut.json': '{\n  "schema": "sigtrace.report/1",\n  "tool"', 'x.bin': '\0\x01' }, async folder => {
    assert.is(sigtrace(['diff', join(folder, 'cut.json'), DUMP]).status, 2)
    assert.is(sigtrace(['diff', join(folder, 'x.bin'), DUMP]).status, 3)
  })
})

diff.run()
