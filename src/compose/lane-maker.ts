import type { Lane } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { LIMITS } from './limits.js'
import type { ToTime } from './time.js'

export type Span = Lane['spans'][number]

/** Makes lanes and spans with times of the report. */
export class LaneMaker {
  constructor(readonly time: ToTime) {}

  lane(key: string, label: string, kind: Lane['kind'], spans: Span[] = []): Lane {
    return { key, label, kind, spans }
  }

  span(startNs: Ns | null, endNs: Ns | null, kind: Span['kind'], text: string, refs: Span['refs']): Span {
    return { startNs: this.time(startNs), endNs: this.time(endNs), kind, text, refs: refs.slice(0, LIMITS.refs) }
  }
}
