/**
 * Whether a process runs the Go runtime, by what only it does (runtime/signal_unix.go, runtime/os_linux.go,
 * runtime/malloc.go):
 *
 * - it installs handlers for nearly every signal with SA_ONSTACK|SA_RESTART|SA_SIGINFO and all signals masked;
 * - it preempts its own threads with tgkill(…, SIGURG);
 * - its heap starts at 0xc000000000, so the futexes and signal stacks of its threads lie there.
 */
import type { TraceCall, TraceSignal } from '../../model/trace.js'
import type { Life, ThreadLife } from './life.js'

const HANDLERS_THAT_TELL = 20
const CALLS_OF_NO_INTEREST = 20
/** Addresses of the first Go arenas on 64-bit machines: 0xc000000000 to 0xc0ffffffff. */
const HEAP = /0xc0[0-9a-f]{8}\b/
const FLAGS = ['SA_ONSTACK', 'SA_RESTART', 'SA_SIGINFO']

interface Marks {
  handlers: number
  calls: number
  heap: number
  preempted: boolean
}

export class GoFingerprint {
  readonly #marks = new Map<Life, Marks>()

  #of(life: Life): Marks {
    let marks = this.#marks.get(life)
    if (!marks) this.#marks.set(life, (marks = { handlers: 0, calls: 0, heap: 0, preempted: false }))
    return marks
  }

  call(thread: ThreadLife, call: TraceCall): void {
    const { life } = thread
    if (life.process.runtime === 'go') return
    if (call.name === 'rt_sigaction') {
      const marks = this.#of(life)
      // The runtime sets some sixty of them; whoever sets few is not worth reading, unless it was there before the trace.
      if (++marks.calls < CALLS_OF_NO_INTEREST && (life.born || life.executed)) return
      if (FLAGS.every(flag => call.args.includes(flag)) && /sa_mask=~\[(?:RTMIN RT_1)?\]/.test(call.args)) {
        marks.handlers++
        // Only Go writes its full set of flags beside SIG_DFL (runtime.setsig).
        if (call.args.includes('sa_handler=SIG_DFL')) marks.handlers = HANDLERS_THAT_TELL
        this.#tell(life, marks)
      }
    } else if (call.name === 'futex' || call.name === 'sigaltstack') this.text(thread, call.args)
  }

  /** The arguments of a call that lies on a signal stack or waits on a futex. */
  text(thread: ThreadLife, args: string): void {
    if (!HEAP.test(args)) return
    const marks = this.#of(thread.life)
    marks.heap++
    this.#tell(thread.life, marks)
  }

  signal(thread: ThreadLife, event: TraceSignal): void {
    if (event.signal !== 'SIGURG' || event.info.code !== 'SI_TKILL' || thread.life.process.runtime === 'go') return
    const marks = this.#of(thread.life)
    marks.preempted = true
    this.#tell(thread.life, marks)
  }

  /** execve: another program. */
  forget(life: Life): void {
    this.#marks.delete(life)
  }

  settle(life: Life): void {
    const marks = this.#marks.get(life)
    if (marks) this.#tell(life, marks)
  }

  #tell(life: Life, marks: Marks): void {
    if (marks.handlers >= HANDLERS_THAT_TELL || marks.preempted || marks.heap > 0) life.process.runtime = 'go'
  }
}
