/** Who gave up the other end of a pipe or socket, as the first link of every chain that starts there. */
import type { BrokenPipe } from '../model/analysis.js'
import type { Link } from '../model/finding.js'
import type { Process } from '../model/process.js'
import { duration } from '../model/words.js'
import { fdName, KERNEL, objectActor, processActor } from './shared.js'

const DOES = {
  closed: 'closed',
  execve: 'gave up by execve (close-on-exec)',
  died: 'died, and with it went',
  shutdown: 'shut down',
} as const

/** `head (pid 21623)`; `it` for a process that did it to itself. */
export function peerName(broken: BrokenPipe): string | null {
  const { peer } = broken
  if (!peer) return null
  if (peer.pid === broken.pid) return 'it'
  return peer.comm === null ? `pid ${peer.pid}` : `${peer.comm} (pid ${peer.pid})`
}

/** What the other end of a failed write was, in words: `the last read end of pipe:[385978]`. */
function otherEnd(broken: BrokenPipe): string {
  const { object } = broken
  if (object === null) return `the other end of its ${fdName(broken.fd)}`
  if (broken.peer?.byName) return `the last read end of ${object} that the trace shows`
  return object.startsWith('pipe:') ? `the last read end of ${object}` : `the other end of ${object}`
}

/**
 * The link that says who gave up the other end: observed where the log or the journal shows it. Where nothing does, EPIPE
 * itself says that nobody holds it any more.
 */
export function peerLink(broken: BrokenPipe, writer: Process): Link {
  const { peer } = broken
  const actor = objectActor(broken)
  if (peer) {
    const who =
      peer.pid === broken.pid ? processActor(writer) : processActor({ pid: peer.pid, comm: peer.comm, argv: null })
    const before =
      peer.ns !== null && broken.ns !== null && broken.ns >= peer.ns
        ? `, ${duration(broken.ns - peer.ns)} before the write failed`
        : ''
    const name = peer.pid === broken.pid ? who.name : peerName(broken)
    return {
      text: `${name} ${DOES[peer.how]} ${otherEnd(broken)}${before}.${peer.byName ? ' Anybody may open a FIFO by its name.' : ''}`,
      // EPIPE says that nobody has it open for reading; that nobody else had is not shown.
      status: peer.byName ? 'inferred' : 'observed',
      refs: peer.refs,
      ns: peer.ns,
      from: who,
      to: actor,
      label:
        peer.how === 'died'
          ? 'dies'
          : peer.how === 'shutdown'
            ? 'shutdown'
            : peer.how === 'execve'
              ? 'execve'
              : 'close',
    }
  }
  const best = broken.hypotheses?.find(h => h.standing === 'observed' || h.standing === 'fits')
  if (best)
    return {
      text: best.text,
      status: best.standing === 'observed' ? 'observed' : 'inferred',
      refs: best.refs,
      ns: best.ns,
      from: { key: `hypothesis:${best.key}`, name: 'the reader', kind: 'unknown' },
      to: actor,
      label: 'gone',
    }
  return {
    text: `Nobody held ${otherEnd(broken)} any more: the kernel answers EPIPE only then. Who gave it up was not seen.`,
    status: 'inferred',
    refs: broken.refs,
    ns: null,
    from: { key: 'reader', name: 'the reader', kind: 'unknown' },
    to: actor,
    label: 'gone',
  }
}

/** The write, and the kernel's answer. */
export function writeLink(broken: BrokenPipe, writer: Process): Link {
  const where = broken.object === null ? fdName(broken.fd) : `${fdName(broken.fd)} (${broken.object})`
  const thread = broken.tid === writer.pid ? '' : ` in thread ${broken.tid}`
  return {
    text: `${broken.syscall} to ${where}${thread} failed with EPIPE.`,
    status: 'observed',
    refs: broken.refs,
    ns: broken.ns,
    from: processActor(writer),
    to: objectActor(broken),
    label: `${broken.syscall} → EPIPE`,
  }
}

/** The kernel's own SIGPIPE for a failed write; missing where the log does not show it. */
export function kernelSigpipeLink(broken: BrokenPipe, writer: Process, effect: string): Link {
  const signal = broken.sigpipe
  const text = `The kernel raised SIGPIPE in the writing thread (SI_USER, si_pid is the writer’s own)${effect}.`
  if (!signal)
    return { text: `The kernel's SIGPIPE for the failed write was not recorded.`, status: 'missing', refs: [] }
  return {
    text,
    status: 'observed',
    refs: signal.refs,
    ns: signal.deliveredNs ?? signal.sentNs,
    from: KERNEL,
    to: processActor(writer),
    label: 'SIGPIPE',
  }
}
