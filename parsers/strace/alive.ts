/**
 * Whose a line without a pid is. On stderr strace names the thread only while it follows more than one:
 *
 *   > | clone(child_stack=NULL, flags=…|SIGCHLD, child_tidptr=0x7f4f5bd85a10) = 13435     13434, not named yet
 *   > | [pid 13435] +++ killed by SIGKILL +++
 *   > | <... wait4 resumed>[{WIFSIGNALED(s) && …}], 0, NULL) = 13435                        13434, the only one left
 */
export class Alive {
  readonly #alive = new Set<number>()
  /** Threads that the log shows being born or attached to: none of them is the first. */
  readonly #born = new Set<number>()
  /** The first thread; 0 until a line tells its number. */
  main: number

  constructor(main: number) {
    this.main = main
    this.#alive.add(main)
  }

  /** The thread of a line that names none. */
  get sole(): number {
    if (this.#alive.size === 1) for (const tid of this.#alive) return tid
    return this.main
  }

  get several(): boolean {
    return this.#alive.size > 1
  }

  born(tid: number): void {
    this.#born.add(tid)
    this.#alive.add(tid)
  }

  ended(tid: number): void {
    this.#alive.delete(tid)
  }

  /** A line names `tid`. True where it is the first thread, of which no line had told the number yet. */
  named(tid: number): boolean {
    if (this.#alive.has(tid)) return false
    if (this.main === 0 && !this.#born.has(tid)) {
      this.is(tid)
      return true
    }
    this.#alive.add(tid)
    return false
  }

  /** The first thread turns out to be `tid`. */
  is(tid: number): void {
    if (this.#alive.delete(this.main)) this.#alive.add(tid)
    this.main = tid
  }
}
