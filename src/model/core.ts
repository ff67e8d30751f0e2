import type { NativeThread } from './goroutine.js'
import type { Ref } from './ref.js'

/** An ELF core file and what its notes say. Its goroutines stand in a GoroutineSnapshot of the same source. */
export interface Core {
  source: string
  machine: string
  pid: number | null
  ppid: number | null
  comm: string | null
  /** pr_psargs: at most 80 bytes. */
  args: string | null
  executable: string | null
  /**
   * The signal that the kernel took the core for, with its siginfo where there is one; null where the core was taken of
   * a living process (gcore, `dlv dump`) or its notes do not say.
   */
  signal: {
    number: number
    signal: string
    code: number | null
    pid: number | null
    uid: number | null
    addr: string | null
  } | null
  /** Threads in the order of the notes: the first took the signal. */
  threads: NativeThread[]
  files: { path: string; start: number; end: number; offset: number }[]
  buildId: string | null
  /** The binary at hand, if there is one in the capture. */
  binary: { source: string; buildId: string | null; matches: boolean | null } | null
  goVersion: string | null
  truncated: boolean
  /** `kernel`, `gcore`, `dlv`, … as far as the notes show. */
  producer: string | null
  refs: Ref[]
}
