/**
 * What a program wrote to stderr as it died. The Go runtime prints a panic in pieces of a few bytes, so lines are put
 * together from writes to fd 2 until one begins as a death does.
 */
import type { TraceCall } from '../../model/trace.js'
import { fdOf, splitArgs, stringOf } from './call-args.js'
import type { Life } from './life.js'
import type { Moment } from './moment.js'

/** First words of a Go panic or fatal error, of a fatal signal, of glibc, libstdc++, Rust and the sanitizers. */
const MARK =
  /^(?:panic: |fatal error: |SIG[A-Z0-9]+: |terminate called |\*\*\* |free\(\): |malloc\(\): |double free |corrupted |thread '|Fatal Python error|==\d+==ERROR)|: Assertion `|^Assertion failed/
const GO = /^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|^PC=0x[0-9a-f]+ m=\d+ sigcode=/
/** Lines kept from the mark on. */
const LINES = 4
const LINE_LENGTH = 400

interface Pen {
  text: string
  moment: Moment | null
  left: number
}

export class LastWords {
  readonly #pens = new Map<Life, Pen>()

  returned(call: TraceCall, moment: Moment): void {
    if (call.name !== 'write' && call.name !== 'writev') return
    if (call.error !== null) return
    const [fdArg, data] = splitArgs(call.args, 2)
    if (fdOf(fdArg)?.fd !== 2) return
    const string = stringOf(
      call.name === 'write' ? data : /iov_base=("(?:[^"\\]|\\.)*"(?:\.\.\.)?)/.exec(data ?? '')?.[1],
    )
    if (!string) return
    const { life } = moment.thread
    let pen = this.#pens.get(life)
    if (!pen) this.#pens.set(life, (pen = { text: '', moment: null, left: 0 }))
    const parts = `${string.text}${string.cut ? '…\n' : ''}`.split('\n')
    for (const [i, part] of parts.entries()) {
      pen.moment ??= moment
      if (pen.text.length < LINE_LENGTH) pen.text += part
      if (i < parts.length - 1) this.#line(pen, life)
    }
  }

  #line(pen: Pen, life: Life): void {
    const { text, moment } = pen
    pen.text = ''
    pen.moment = null
    if (text === '' || !moment) return
    const { process } = life
    if (MARK.test(text)) {
      // The second mark of one death (a signal inside a fatal error) goes on with the first.
      if (pen.left === 0) process.lastWords = []
      pen.left = LINES
    } else if (pen.left === 0) return
    // Nobody else prints these after such a line: runtime.printpanics, runtime.sighandler.
    if (GO.test(text)) process.runtime ??= 'go'
    pen.left--
    process.lastWords?.push({ text: text.slice(0, LINE_LENGTH), ns: moment.ns, refs: [moment.ref] })
  }

  /** The end of a life: a line without its end counts too. */
  ended(life: Life): void {
    const pen = this.#pens.get(life)
    if (pen) this.#line(pen, life)
    this.#pens.delete(life)
  }
}
