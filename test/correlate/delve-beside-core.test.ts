/** Delve's listing of a core beside the core: silence where they agree, one word where they do not. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareDelveWithCores } from '../../src/correlate/delve-beside-core.js'
import { correlate } from '../../src/correlate/index.js'
import { fixture } from '../parsers/elf-core/read.js'
import { parseFiles } from '../support/parse.js'

const compared = suite('delve beside a core')

/** Lines of `goroutines -r -t` for the goroutines of the core, as Delve 1.20 prints them, with words changed. */
function listing(change: (text: string) => string): string {
  const parked = (id: number, reason: string, frames: [string, string][]) =>
    [
      `  Goroutine ${id} - Runtime: /usr/lib/go-1.19/src/runtime/proc.go:364 runtime.gopark (0x43589c) [${reason}]`,
      ...frames.flatMap(([func, place], i) => [`\t${i}  0x000000000043589c in ${func}`, `\t    at ${place}`]),
    ].join('\n')
  const wait: [string, string][] = [
    ['runtime.gopark', '/usr/lib/go-1.19/src/runtime/proc.go:364'],
    ['runtime.goparkunlock', '/usr/lib/go-1.19/src/runtime/proc.go:369'],
  ]
  const system = (id: number, reason: string) => parked(id, reason, [wait[0]])
  const text = [
    system(1, 'semacquire'),
    system(2, 'force gc (idle)'),
    system(3, 'GC sweep wait'),
    system(4, 'GC scavenge wait'),
    system(5, 'chan send'),
    system(6, 'chan send'),
    system(7, 'semacquire'),
    system(8, 'chan receive (nil chan)'),
    '[8 goroutines]',
    '',
  ].join('\n')
  return `Type 'help' for list of commands.\n(dlv) ${change(text)}(dlv) quit\n`
}

const diagnostics = async (text: string) => {
  const capture = await parseFiles({
    core: fixture('go1.19-deadlock.core'),
    program: fixture('go1.19-deadlock.binary'),
    'dlv.txt': text,
  })
  correlate(capture)
  return capture.diagnostics.list().filter(d => d.code === 'core.delve-differs')
}

compared('two readings that agree say nothing', async () => {
  assert.equal(await diagnostics(listing(text => text)), [])
})

compared('another wait reason is said, with its line', async () => {
  const [said] = await diagnostics(listing(text => text.replace('[chan receive (nil chan)]', '[chan receive]')))
  assert.match(said.text, /goroutine 8 is \[chan receive\] to Delve, \[chan receive \(nil chan\)\] in the core/)
  assert.is(said.count, 1)
  assert.is(said.first.source, 'dlv.txt')
  assert.is(said.severity, 'info')
})

compared('a goroutine that one of the two does not know', async () => {
  const [said] = await diagnostics(listing(text => text.replace('Goroutine 7 ', 'Goroutine 70 ')))
  assert.is(said.count, 2)
  assert.match(said.text, /goroutine 70 is not in the core/)
})

compared('a listing of another process is not compared', async () => {
  assert.equal(await diagnostics(listing(text => text.replace(/Goroutine (\d)/g, 'Goroutine 10$1'))), [])
})

compared('a capture without a core', async () => {
  const capture = await parseFiles({ 'dlv.txt': listing(text => text) })
  compareDelveWithCores(correlate(capture))
  assert.is(capture.diagnostics.list().filter(d => d.code === 'core.delve-differs').length, 0)
})

compared.run()
