/** Small facts that both ends of a signal's way speak of. */
import type { Ref } from '../../model/ref.js'
import type { Because, Signal } from '../../model/signal.js'
import type { Life } from './life.js'

const REFS_OF_A_SIGNAL = 6

/** Adds a citation to a signal, a few at most. */
export function citeSignal(signal: Signal, ref: Ref): void {
  if (signal.refs.length >= REFS_OF_A_SIGNAL) return
  if (!signal.refs.some(r => r.source === ref.source && r.line === ref.line)) signal.refs.push(ref)
}

export function because(kind: Because, text: string, refs: Ref[]): NonNullable<Signal['because']> {
  return { kind, text, refs }
}

/** The first process of a pid namespace: it takes no signal from inside that it has no handler for (pid_namespaces(7)). */
export function isInit(life: Life): boolean {
  if (life.space.own) return life.process.pid === 1
  return life.threads.find(t => t.tid === life.process.pid)?.local === 1
}

/** Why the first process of a pid namespace ignored a signal. */
export function initHasNoHandler(): NonNullable<Signal['because']> {
  return because('no-handler', 'the first process of a pid namespace takes only signals that it has a handler for', [])
}
