/** Evidence of several runs of one program in one folder. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { noteSeparateRuns } from '../../src/correlate/runs.js'
import type { Analysis } from '../../src/model/analysis.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import type { Process } from '../../src/model/process.js'

function run(processes: [number, string, string][], traces: string[]): Diagnostics {
  const diagnostics = new Diagnostics()
  noteSeparateRuns({
    capture: { diagnostics, traces: traces.map(source => ({ source })) },
    processes: processes.map(
      ([pid, comm, source]) => ({ pid, ppid: null, comm, refs: [{ source, line: 1 }] }) as unknown as Process,
    ),
  } as unknown as Analysis)
  return diagnostics
}

const runs = suite('separate runs')

runs('a trace of one process and a core of another are said to be so', () => {
  const [note] = run(
    [
      [7, 'app', 'strace.txt'],
      [9, 'app', 'core'],
    ],
    ['strace.txt'],
  ).list()
  assert.is(note.code, 'capture.separate-runs')
  assert.match(note.text, 'pid 7 in strace.txt, pid 9 in core')
})
runs('two traced processes, two programs, and one process are not', () => {
  assert.equal(
    run(
      [
        [7, 'app', 'a.1'],
        [9, 'app', 'a.2'],
      ],
      ['a.1', 'a.2'],
    ).list(),
    [],
  )
  assert.equal(
    run(
      [
        [7, 'app', 'strace.txt'],
        [9, 'other', 'core'],
      ],
      ['strace.txt'],
    ).list(),
    [],
  )
  assert.equal(
    run(
      [
        [7, 'app', 'strace.txt'],
        [7, 'app', 'core'],
      ],
      ['strace.txt'],
    ).list(),
    [],
  )
})

runs.run()
