/** From an analysis to the report: what is quoted, told from when, turned back to the user's files, left out and counted. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compose } from '../../src/compose/index.js'
import { LIMITS } from '../../src/compose/limits.js'
import type { Analysis } from '../../src/model/analysis.js'
import { emptyCapture } from '../../src/model/capture.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import type { Finding } from '../../src/model/finding.js'
import type { Process } from '../../src/model/process.js'
import type { Signal } from '../../src/model/signal.js'
import { MemoryInput, newSource } from '../support/input.js'

const composing = suite('compose')
const MS = 1e6

function analysisOf(over: Partial<Analysis> = {}): Analysis {
  return {
    capture: emptyCapture('case', new Diagnostics()),
    origin: 1_795_000_000_000_000_000n,
    reference: 'a.log',
    at: (_, ns) => ns,
    uncertainty: () => 0,
    order: (a, b) => ((a.ns ?? 0) < (b.ns ?? 0) ? -1 : 1),
    processes: [],
    signals: [],
    blockedCalls: [],
    brokenPipes: [],
    groups: [],
    waits: { edges: [], conclusion: 'none', cycles: [] },
    lifecycle: [],
    ruledOut: [],
    victim: null,
    ...over,
  }
}

const process = (pid: number, over: Partial<Process> = {}): Process => ({
  pid,
  ppid: 1,
  comm: 'app',
  argv: null,
  runtime: null,
  threads: [{ tid: pid, comm: null, startNs: 0, endNs: null }],
  startNs: 0,
  endNs: null,
  exit: null,
  refs: [],
  ...over,
})

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'kill/by-process',
  severity: 'fatal',
  title: 'app was killed',
  summary: '',
  subject: { pid: 7, comm: 'app' },
  chain: [{ text: 'it was', status: 'observed', refs: [{ source: 'a.log', line: 3 }], ns: 90 * MS }],
  remedies: [],
  ns: 100 * MS,
  ...over,
})

const signal = (over: Partial<Signal> = {}): Signal => ({
  number: 15,
  signal: 'SIGTERM',
  origin: 'kill',
  code: 'SI_USER',
  sender: { pid: 3, tid: 3, comm: 'sh' },
  senderBasis: 'syscall',
  target: { pid: 7, tid: null },
  sentNs: 1,
  deliveredNs: 2,
  deliveredTo: 7,
  outcome: 'handled',
  noise: false,
  refs: [],
  ...over,
})

const none = { findings: [], failures: [], verdict: null }

composing('quotes the cited lines with their neighbours, in order, and marks which are cited', () => {
  const text = 'one\ntwo\nthree\r\nfour\nfive\nsix\n'
  const source = newSource('a.log', text.length)
  const analysis = analysisOf()
  analysis.capture.sources.push(source)
  const verdict = finding()
  const report = compose(
    analysis,
    { findings: [verdict], failures: [], verdict },
    { inputs: [new MemoryInput(source, Buffer.from(text))] },
  )
  assert.equal(
    report.evidence.map(e => [e.ref.line, e.text, e.cited, e.id]),
    [
      [1, 'one', false, 'e-a.log-1'],
      [2, 'two', false, 'e-a.log-2'],
      [3, 'three', true, 'e-a.log-3'],
      [4, 'four', false, 'e-a.log-4'],
      [5, 'five', false, 'e-a.log-5'],
    ],
  )
})

composing('turns everything that was read from a lifted-out text back to the file it was lifted from', () => {
  const text = 'x\n'.repeat(50)
  const source = newSource('journal.json', text.length)
  const analysis = analysisOf()
  analysis.capture.sources.push(
    source,
    newSource('journal.json/dump', 10, {
      derivedFrom: { source: 'journal.json', lines: [{ line: 41 }, { line: 42 }] },
    }),
  )
  analysis.capture.diagnostics.add(
    'go.odd',
    'loss',
    'Odd.',
    { source: 'journal.json/dump', line: 2 },
    'Bring the whole.',
  )
  analysis.groups.push({
    source: 'journal.json/dump',
    count: 1,
    ids: [1],
    state: 'running',
    primitive: 'none',
    object: null,
    waitNs: null,
    system: false,
    benign: false,
    frames: [],
    createdBy: null,
    labels: null,
    userFrame: -1,
    refs: [{ source: 'journal.json/dump', line: 1 }],
  })
  const report = compose(analysis, none, { inputs: [new MemoryInput(source, Buffer.from(text))] })
  assert.not.ok(JSON.stringify(report).includes('journal.json/dump'))
  assert.equal(report.goroutines.groups[0].refs, [{ source: 'journal.json', line: 41 }])
  assert.equal(report.diagnostics[0].first, { source: 'journal.json', line: 42 })
  assert.equal(report.sources[0].skipped[0].first, { source: 'journal.json', line: 42 })
  assert.ok(report.evidence.some(e => e.ref.line === 41))
})

composing('quotes of a long journal entry what tells something, of binary inputs bytes', () => {
  const entry = JSON.stringify({ FILLER: 'x'.repeat(3000), MESSAGE: 'Killing process', _PID: '1', OTHER: 'y' })
  const journal = newSource('j.json', entry.length)
  const core = newSource('core', 64)
  const analysis = analysisOf()
  analysis.capture.sources.push(journal, core)
  const verdict = finding({
    chain: [
      {
        text: 'a',
        status: 'observed',
        refs: [
          { source: 'j.json', line: 1 },
          { source: 'core', offset: 0 },
        ],
      },
    ],
  })
  const report = compose(
    analysis,
    { findings: [verdict], failures: [], verdict },
    {
      inputs: [
        new MemoryInput(journal, Buffer.from(`${entry}\n`)),
        new MemoryInput(core, Buffer.from('\x7fELF\x02\x01', 'latin1')),
      ],
    },
  )
  assert.equal(
    report.evidence.map(e => e.text),
    ['{"MESSAGE":"Killing process","_PID":"1"}', '7f 45 4c 46 02 01  |.ELF..|'],
  )
  assert.ok(report.evidence[0].cut)
})

composing('tells times from the death, and shows the moments from the first step on', () => {
  const victim = process(7, {
    endNs: 100 * MS,
    exit: { kind: 'killed', code: null, signal: 'SIGKILL', coreDumped: false, refs: [] },
  })
  const verdict = finding({ chain: [{ text: 'a', status: 'observed', refs: [], ns: -400 * MS }] })
  const analysis = analysisOf({ processes: [victim], victim })
  const { timeline, victim: named, exitStatuses } = compose(analysis, { findings: [verdict], failures: [], verdict })
  assert.equal(timeline.focus, {
    startNs: '1794999999600000000',
    endNs: '1795000000100000000',
    zeroNs: '1795000000100000000',
    zeroText: 'death',
  })
  assert.equal(named, { pid: 7, comm: 'app', unit: null })
  assert.is(exitStatuses[0].status, '137')
})

composing('says what was missing once, with the command that would show it', () => {
  const verdict = finding({
    rule: 'kill/unknown-sender',
    chain: [{ text: 'We did not see who sent it', status: 'missing', refs: [] }],
  })
  const { missing } = compose(analysisOf(), { findings: [verdict], failures: [], verdict })
  assert.is(missing[0].text, 'We did not see who sent it')
  assert.match(missing[0].code!, /signal_generate/)
  const codes = missing.flatMap(m => m.code ?? [])
  assert.is(new Set(codes).size, codes.length)
})

composing('a verdict that is far down in the list is never cut from it', () => {
  const verdict = finding({ rule: 'mutex/deadlock' })
  const findings = [...Array.from({ length: LIMITS.findings + 5 }, () => finding()), verdict]
  const report = compose(analysisOf(), { findings, failures: [], verdict })
  assert.is(report.findings.length, LIMITS.findings)
  assert.is(report.findings[report.verdict.finding!].rule, 'mutex/deadlock')
  assert.equal(report.cut, [{ list: 'findings', left: 6 }])
})

composing('bounds its lists, counts the rest, and keeps what matters before the noise', () => {
  const signals = [
    ...Array.from({ length: LIMITS.noise + 10 }, (_, i) =>
      signal({ noise: true, signal: 'SIGURG', deliveredNs: i * 1000 }),
    ),
    signal(),
  ]
  const processes = Array.from({ length: LIMITS.processes + 3 }, (_, i) =>
    process(i + 10, { endNs: i * 1000, exit: { kind: 'exited', code: 0, signal: null, coreDumped: false, refs: [] } }),
  )
  const report = compose(analysisOf({ signals, processes }), none)
  assert.is(report.signals.length, LIMITS.noise + 1)
  assert.is(report.signals.at(-1)!.signal, 'SIGTERM')
  assert.is(report.processes.length, LIMITS.processes)
  assert.ok(report.timeline.events.length <= LIMITS.events)
  assert.ok(report.timeline.lanes.length <= LIMITS.lanes)
  assert.is(report.timeline.omitted.events, signals.length + processes.length - report.timeline.events.length)
  assert.equal(report.cut, [
    { list: 'signals of the runtime itself', left: 10 },
    { list: 'processes', left: 3 },
  ])
})

composing('a fingerprint does not change with pids, times and addresses, and does with the cause', () => {
  const of = (over: Partial<Finding>) => {
    const verdict = finding(over)
    return compose(analysisOf(), { findings: [verdict], failures: [], verdict }).fingerprint
  }
  const base = of({})
  assert.match(base, /^[0-9a-f]{16}$/)
  assert.is(of({ subject: { pid: 99, comm: 'app' }, ns: 5 }), base)
  assert.is.not(of({ rule: 'kill/oom' }), base)
  assert.is.not(of({ subject: { pid: 7, comm: 'other' } }), base)
})

composing('names no death where none was seen, and says so where one has no explanation', () => {
  assert.is(compose(analysisOf(), none).verdict.title, 'Nothing here could be read as evidence')
  const victim = process(7, {
    endNs: 5,
    exit: { kind: 'killed', code: null, signal: 'SIGKILL', coreDumped: false, refs: [] },
  })
  const analysis = analysisOf({ victim, processes: [victim] })
  analysis.capture.sources.push(newSource('a.log', 1))
  const { verdict } = compose(analysis, none)
  assert.match(verdict.title, /^app was killed by SIGKILL/)
  assert.is(verdict.rule, null)
})

composing.run()
