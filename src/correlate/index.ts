import type { Analysis } from '../model/analysis.js'
import type { Capture } from '../model/capture.js'
import { alignClocks } from './clocks.js'

/** Brings a capture together: one clock, one set of processes and signals, who waits for whom. */
export function correlate(capture: Capture): Analysis {
  const clocks = alignClocks(capture)
  const analysis: Analysis = {
    capture,
    origin: clocks.origin,
    reference: clocks.reference,
    at: clocks.at,
    processes: [],
    signals: [],
    blockedCalls: [],
    brokenPipes: [],
    groups: [],
    waits: { edges: [], conclusion: 'none', cycles: [] },
    lifecycle: [],
    ruledOut: [],
    victim: null,
  }
  return analysis
}
