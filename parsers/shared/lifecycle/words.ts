import type { LifecycleEvent } from '../../../src/model/lifecycle.js'

/** An event without its place and time, as the readers of this folder make it. */
export type Words = Partial<Omit<LifecycleEvent, 'kind' | 'detail' | 'refs' | 'ns' | 'text'>> & {
  kind: LifecycleEvent['kind']
  detail?: Record<string, string>
}
