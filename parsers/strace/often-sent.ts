/** Which changes of a signal's action are worth it whatever they find. */
import { hashName, step } from './keep.js'

/**
 * Sigactions of signals that processes send each other, by the hash of `rt_sigaction`, the signal and `, `; that one of the
 * others is set to the default need not be shown.
 */
export const OFTEN_SENT = new Set(
  ['SIGPIPE', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'].flatMap(signal =>
    ['rt_sigaction', 'sigaction'].map(name => hashOf(Buffer.from(`${signal}, `), 0, signal.length + 2, hashName(name))),
  ),
)

/** Hash of bytes, begun with `seed`. */
export function hashOf(buffer: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed
  for (let i = start; i < end; i++) hash = step(hash, buffer[i])
  return hash
}
