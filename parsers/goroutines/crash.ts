/**
 * What a Go program prints before its goroutines as it dies: panics, fatal errors, signals, data races, and the exit
 * status that a wrapper prints after them. One line at a time, at the start of the line.
 */
import type { CrashText } from '../../src/model/goroutine.js'
import { signalName } from '../../src/model/signal-names.js'
import { utf8 } from '../../src/model/text.js'
import type { Ns } from '../../src/model/time.js'
import { type AbortMessage, abortMessage } from './aborts.js'
import { parseRegisters } from './lines.js'

export interface LineAt {
  /** 1-based line of the file. */
  line: number
  /** Byte offset of the line. */
  offset: number
  /** Byte offset after it. */
  end: number
}

/** `mark`: a new crash began. `part`: the line belongs to the last one. `relay`: another thread's stack follows. */
export type CrashLine = 'mark' | 'part' | 'relay' | 'runtime-stack' | 'exit' | null

/** Panics of a chain that are kept beside the last. */
const EARLIER = 8
/** Fatal errors that mean a mistake in the user's program (`fatal` in runtime/panic.go), not a broken runtime. */
const USER_FATAL =
  /^(?:all goroutines are asleep - deadlock!|no goroutines \(main called runtime\.Goexit\) - deadlock!|concurrent map |sync: |(?:send|receive|close|select) (?:on|of) synctest channel|stack overflow|runtime: out of memory|out of memory|go of nil func value|test executed panic)/

/** Lines that the runtime prints ahead of `fatal error:` or around it; they end nothing and start nothing. */
const CONTEXT =
  /^(?:runtime: |unexpected fault address |fatal: |signal arrived during |instruction bytes:|\[signal |goroutine running on |panic during |stack trace unavailable|exit status \d|\*\*\* Test killed|-----$|runtime stack:$)/

/** Lines after `panic:` that can be its message, if no goroutine comes before. */
const MESSAGE_LINES = 1000

export class CrashReader {
  readonly found: CrashText[] = []
  /** The crash that later lines may complete. */
  current: CrashText | null = null
  /** Between a `panic:` line and its goroutine: what stands there may be the message. */
  inMessage = false
  /** Registers that followed the goroutines of a signal crash. */
  readonly registers = new Map<CrashText, Record<string, string>>()
  #signal: { text: string; at: LineAt } | null = null
  #fault: string | null = null
  #relay = false
  #race = false
  /** A goroutine came after the current crash. */
  #shown = false
  /** `panic: ` behind output that had no line end; a blank line and a goroutine after it prove that it is one. */
  #glued: { text: string; at: LineAt; ns: Ns | null; blank: boolean } | null = null

  constructor(
    readonly source: string,
    readonly pid: number | null,
    /** Source time of the line that is being read. */
    readonly now: () => Ns | null,
  ) {}

  /** Reads a line that is not part of a goroutine. */
  line(text: string, at: LineAt): CrashLine {
    const signal = this.#signal
    this.#signal = null
    this.#glue(text, at)
    if (signal !== null && text.startsWith('PC=')) return this.#signalCrash(signal, text, at)
    switch (text.charCodeAt(0)) {
      case 112: // p
        if (text.startsWith('panic: ')) return this.#panic(text, at)
        break
      case 9: // tab
        if (this.inMessage && at.line - (this.current?.line ?? 0) < MESSAGE_LINES) return this.#continuation(text, at)
        break
      case 102: // f
        if (text.startsWith('fatal error: ')) return this.#fatal(text, at)
        break
      case 116: // t: Go 1.0 said `throw: `
        if (text.startsWith('throw: ') && USER_FATAL.test(text.slice(7))) return this.#fatal(text, at)
        break
      case 83: // S
        if (/^SIG[A-Z0-9+]+: [a-z]|^Signal \d+$/.test(text)) {
          this.#signal = { text, at }
          return 'part'
        }
        break
      case 45: // -
        if (text === '-----' && this.current !== null) {
          this.#relay = true
          return 'relay'
        }
        break
      case 61: // =
        if (text === '==================') {
          this.#race = false
          return 'part'
        }
        break
      case 87: // W
        if (text === 'WARNING: DATA RACE') return this.#dataRace(text, at)
        break
    }
    return this.#detail(text, at)
  }

  blank(): void {
    if (this.#glued !== null) this.#glued.blank = true
  }

  /** A goroutine began. Returns the crash that this shows, if the words for it stood at the end of other output. */
  goroutine(): CrashText | null {
    const glued = this.#glued
    this.#glued = null
    const crash = glued?.blank ? this.#start('panic', glued.text, glued.at) : null
    if (crash !== null && glued !== null) crash.ns = glued.ns
    this.inMessage = false
    this.#shown = true
    this.#signal = null
    return crash
  }

  /**
   * Output without a line end before a panic. A log line that speaks of a panic has a space or a colon before the word,
   * and its stack follows at once.
   *
   *   loading 50%panic: boom
   *              ^
   */
  #glue(text: string, at: LineAt): void {
    const start = text.indexOf('panic: ')
    if (start > 0 && /[^\s:"'`(\\[]/.test(text[start - 1]))
      this.#glued = { text: text.slice(start), at, ns: this.now(), blank: false }
    else if (!text.startsWith('[signal ')) this.#glued = null
  }

  /** The C library's or a sanitizer's last words. */
  abort({ kind, message, pid }: AbortMessage, at: LineAt): void {
    this.#start(kind, message, at).pid = pid ?? this.pid
  }

  #start(kind: CrashText['kind'], message: string, at: LineAt): CrashText {
    const { source, pid } = this
    const crash: CrashText = {
      source,
      line: at.line,
      ns: this.now(),
      kind,
      message: utf8(message),
      signal: null,
      code: null,
      address: null,
      pc: null,
      goroutine: null,
      pid,
      exitStatus: null,
      refs: [{ source, line: at.line }],
    }
    this.found.push(crash)
    this.current = crash
    this.inMessage = false
    this.#relay = false
    this.#race = false
    this.#shown = false
    return crash
  }

  #panic(text: string, at: LineAt): CrashLine {
    this.#start(text.startsWith('panic: test timed out after ') ? 'test-timeout' : 'panic', text, at)
    this.inMessage = true
    return 'mark'
  }

  /**
   * Go 1.23 and later indent every line of a message but the first; all versions indent the later panics of a chain.
   * The last of a chain is the one that nobody recovered.
   *
   *   panic: first [recovered]
   *   >\tpanic: second
   *    ^
   */
  #continuation(text: string, at: LineAt): CrashLine {
    const crash = this.current
    if (crash !== null && text.startsWith('\tpanic: ') && /\[recovered\]$|^panic: /.test(crash.message)) {
      if (crash.refs.length < 16) crash.refs.push({ source: this.source, line: at.line })
      crash.earlier ??= []
      if (crash.earlier.length < EARLIER) crash.earlier.push(crash.message)
      crash.message = utf8(text.slice(1))
    }
    return 'part'
  }

  #fatal(text: string, at: LineAt): CrashLine {
    const last = this.current
    if (last !== null && !this.#shown && last.message === utf8(text)) {
      // A second thread met the same error before the first had stopped it.
      last.refs.push({ source: this.source, line: at.line })
      return 'part'
    }
    const what = text.slice(text.indexOf(': ') + 2)
    const address = this.#fault
    const crash = this.#start(USER_FATAL.test(what) ? 'fatal' : 'throw', text, at)
    crash.address = address
    this.#fault = null
    return 'mark'
  }

  /**
   *   SIGQUIT: quit
   *   PC=0x462f81 m=0 sigcode=0 addr=0x8
   *   ^
   */
  #signalCrash(signal: { text: string; at: LineAt }, text: string, at: LineAt): CrashLine {
    if (this.#relay) return 'part'
    const number = /^Signal (\d+)$/.exec(signal.text)
    const name = number ? signalName(Number(number[1])) : signal.text.slice(0, signal.text.indexOf(':'))
    const crash = this.#start(name === 'SIGQUIT' ? 'quit' : 'signal', signal.text, signal.at)
    crash.refs.push({ source: this.source, line: at.line })
    const words = /^PC=(0x[0-9a-f]+)(?: m=-?\d+)?(?: sigcode=(\d{1,20}))?(?: addr=(0x[0-9a-f]+))?/.exec(text)
    crash.signal = name
    crash.pc = words?.[1] ?? null
    crash.code = words?.[2] === undefined ? null : signedHex(words[2])
    crash.address = words?.[3] ?? null
    return 'mark'
  }

  /**
   *   WARNING: DATA RACE
   *   Write at 0x00c0000b4010 by goroutine 7:
   *                              ^
   */
  #dataRace(text: string, at: LineAt): CrashLine {
    this.#start('race', text, at)
    this.#race = true
    return 'part'
  }

  /** Lines that complete what came before, and those that mean nothing by themselves. */
  #detail(text: string, at: LineAt): CrashLine {
    const crash = this.current
    if (this.#race && crash !== null) {
      const access =
        /^(?:Read|Write|Previous (?:read|write)|Atomic \w+) at (0x[0-9a-f]+) by (?:main goroutine|goroutine (\d+))/i.exec(
          text,
        )
      if (access && crash.address === null) {
        crash.address = access[1]
        crash.goroutine = access[2] === undefined ? 1 : Number(access[2])
      }
      return 'part'
    }
    if (text === 'runtime stack:') return 'runtime-stack'
    if (text.startsWith('[signal ') && crash !== null) {
      this.#signalNote(text, crash, at)
      return 'part'
    }
    const fault = /^unexpected fault address (0x[0-9a-f]+)$/.exec(text)
    if (fault) this.#fault = fault[1]
    if (crash !== null) {
      const exit = /^exit status (\d{1,3})$/.exec(text)
      if (exit) {
        if (crash.exitStatus === null) {
          crash.exitStatus = Number(exit[1])
          crash.refs.push({ source: this.source, line: at.line })
        }
        return 'exit'
      }
      if (text.startsWith('Found ') && /^Found \d+ data race\(s\)$/.test(text)) return 'part'
      if (text.startsWith('*** Test killed') && crash.kind === 'quit') crash.kind = 'test-timeout'
      const registers = parseRegisters(text)
      if (registers !== null && (crash.kind === 'signal' || crash.kind === 'quit' || crash.kind === 'throw')) {
        if (!this.#relay) this.registers.set(crash, { ...this.registers.get(crash), ...Object.fromEntries(registers) })
        return 'part'
      }
    }
    const abort = abortMessage(text)
    if (abort !== null) {
      this.abort(abort, at)
      return 'part'
    }
    if (CONTEXT.test(text)) return 'part'
    return null
  }

  /**
   *   [signal SIGSEGV: segmentation violation code=0x1 addr=0x10 pc=0x4844c0]
   *   [signal 0xb code=0x1 addr=0x0 pc=0x400c26]                                up to Go 1.6
   *           ^
   */
  #signalNote(text: string, crash: CrashText, at: LineAt): void {
    const words =
      /^\[signal (?:(SIG[A-Z0-9]+)|0x([0-9a-f]{1,2}))\b[^\]]*?(?: code=(0x[0-9a-f]+))?(?: addr=(0x[0-9a-f]+))?(?: pc=(0x[0-9a-f]+))?\]$/.exec(
        text,
      )
    if (words === null) return
    crash.signal = words[1] ?? signalName(Number.parseInt(words[2], 16))
    crash.code = words[3] ?? null
    crash.address = words[4] ?? crash.address
    crash.pc = words[5] ?? null
    crash.refs.push({ source: this.source, line: at.line })
  }
}

/** The runtime prints si_code unsigned: 18446744073709551610 is -6 (SI_TKILL). */
function signedHex(text: string): string {
  const code = BigInt.asIntN(64, BigInt(text))
  return code < 0n ? `-0x${(-code).toString(16)}` : `0x${code.toString(16)}`
}
