/** A report as large as reports get: far more of everything than anybody reads. */
import type { Ref } from '../../src/model/ref.js'
import type { Report } from '../../src/model/report.js'
import { sigpipeReport } from './reports.js'

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** 2,000 processes, 500 threads of 40 letters, 100,000 goroutines in 500 groups, 20,000 signals, 1,500 quoted lines. */
export function largeReport(): Report {
  const base = sigpipeReport()
  const zero = BigInt(base.timeline.focus!.zeroNs)
  const at = (ns: number) => (zero - BigInt(ns)).toString()
  const ref = (line: number): Ref => ({ source: 'strace.log', line })
  const name = (i: number) => `worker-with-a-name-of-forty-letters-${String(i).padStart(4, '0')}`
  const thread = (i: number) => ({ tid: 30_000 + i, comm: name(i) })
  return {
    ...base,
    processes: [
      { ...base.processes[0], threads: many(500, thread) },
      ...many(2_000, i => ({ ...base.processes[1], pid: 40_000 + i, comm: name(i), refs: [ref(i + 1)] })),
    ],
    signals: many(20_000, i => ({
      ...base.signals[1],
      sentNs: at(i * 1000),
      deliveredNs: at(i * 1000 - 500),
      refs: [ref(i + 1)],
    })),
    blockedCalls: many(1_000, i => ({
      ...base.blockedCalls[0],
      tid: 30_000 + i,
      usual: i % 2 === 0,
      refs: [ref(i + 1)],
    })),
    goroutines: {
      snapshots: [{ ...base.goroutines.snapshots[0], count: 100_000 }],
      groups: many(500, i => ({
        ...base.goroutines.groups[0],
        count: 200,
        ids: many(100, n => i * 200 + n),
        frames: many(100, n => ({
          func: `example.com/a/very/long/package/path${i}.(*Type${n}).Method`,
          file: `/src/package/file${n}.go`,
          line: n + 1,
        })),
        userFrame: 3,
        refs: [{ source: 'goroutines.txt', line: i + 1 }],
      })),
    },
    waits: {
      ...base.waits,
      edges: many(2_000, i => ({
        ...base.waits.edges[0],
        from: `goroutine ${i}`,
        on: { kind: 'mutex', address: `0x${i.toString(16)}` },
      })),
    },
    findings: [
      ...base.findings,
      ...many(198, i => ({
        ...base.findings[1],
        title: `${name(i)} is one of very many findings`,
        chain: many(20, n => ({ ...base.findings[1].chain[0], refs: [ref(n + 1)] })),
      })),
    ],
    timeline: {
      ...base.timeline,
      lanes: [
        ...base.timeline.lanes,
        ...many(500, i => ({
          key: `tid:${30_000 + i}`,
          label: `${name(i)} ${30_000 + i}`,
          kind: 'thread' as const,
          spans: many(20, n => ({
            startNs: at(40e6 - n * 2e6),
            endNs: at(39e6 - n * 2e6),
            kind: 'blocked' as const,
            text: `futex(0xc00000${n}, FUTEX_WAIT_PRIVATE, 0, NULL)`,
            refs: [ref(n + 1)],
          })),
        })),
      ],
      events: [
        ...base.timeline.events,
        ...many(4_000, i => ({
          ns: at(i * 10_000),
          kind: 'signal',
          text: `SIGUSR1 from ${name(i)} to pid 21622: handled`,
          refs: [ref(i + 1)],
          lane: 'pid:21622',
          from: 'pid:21623',
          unordered: false,
        })),
      ],
    },
    evidence: many(1_500, i => ({
      ref: ref(i + 1),
      id: `e-strace.log-${i + 1}`,
      text: `21627 1795478883.${i} write(2, "${'x'.repeat(200)}", 200) = 200`,
      cut: false,
      cited: i % 2 === 0,
    })),
    diagnostics: many(300, i => ({ ...base.diagnostics[0], code: `strace.odd-${i}`, first: ref(i + 1) })),
    sources: [...base.sources, ...many(1_000, i => ({ ...base.sources[0], path: `more/input-${i}.txt` }))],
    redactions: many(2_000, i => ({ kind: 'token', name: `token-${i}`, count: 3 })),
    missing: many(12, i => ({ text: `Missing number ${i}`, remedy: 'x'.repeat(200) })),
    ruledOut: many(200, i => ({ hypothesis: `Hypothesis ${i}`, text: 'x'.repeat(300), refs: [ref(i + 1)] })),
  }
}
