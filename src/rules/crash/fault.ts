import type { Analysis } from '../../model/analysis.js'
import type { Core } from '../../model/core.js'
import type { Finding, Link, Subject } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { lastLife } from '../../model/lives.js'
import type { Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import { signalCode } from '../../model/signal-codes.js'
import { signalName, signalNumber } from '../../model/signal-names.js'
import type { Ns } from '../../model/time.js'
import { crashesOf } from '../crashes.js'
import { type Death, deathLink, deathsOf, FAULTS, severityOf } from '../deaths.js'
import { isFault } from '../kill/evidence.js'
import { raisedByItself } from '../kill/of-unit.js'
import { KERNEL, nameAndPid, nameOf, processActor, subjectOf, threadActor, title } from '../shared.js'
import { unitDeathsOf } from '../unit-deaths.js'
import { coredumpOf, placesIn } from './coredump-stack.js'

/** Cores and kernel messages bear pids; a pid that comes again so much later is another process. */
const SAME_DEATH_NS = 60e9

export const fault: Rule = {
  id: 'crash/fault',
  severity: 'fatal',
  needs: 'strace, a core, the kernel log, or the journal of systemd-coredump',
  summary: 'The program itself raised SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP, and it was not a Go panic.',
  explanation: `The processor could not go on with an instruction, and the kernel turned that into a signal for the thread that ran it. si_code says what it was (sigaction(2)): SEGV_MAPERR, an address where nothing is mapped (near 0: a null pointer); SEGV_ACCERR, memory that is there but not for this (read-only, not executable, a stack guard); SEGV with SI_KERNEL and no address, an address that cannot exist; BUS_ADRERR, a mapping beyond the end of its file; FPE_INTDIV, an integer divided by zero; ILL_*, an instruction that does not exist; SIGTRAP, a breakpoint or an assertion built as one.

What to look for: si_addr and the thread; in a core the stack of its first thread; in the kernel log "segfault at ADDR ip … in PROGRAM[…]", whose offset addr2line turns into a source line. A signal of these numbers with SI_USER or SI_TKILL and another pid was sent by somebody and is no fault.

In a Go program a fault in Go code becomes a panic. What is left here are faults in C code or in the runtime's own stack.`,
  *find(analysis) {
    const told = new Set<number>()
    for (const death of deathsOf(analysis)) {
      if (!FAULTS.has(death.number) || !isFault(death.cause, death.process)) continue
      told.add(death.process.pid)
      yield fromDeath(death, analysis)
    }
    for (const core of analysis.capture.cores) {
      const { signal } = core
      if (!signal || !FAULTS.has(signal.number) || !((signal.code ?? 1) > 0)) continue
      if (core.pid !== null && told.has(core.pid)) continue
      if (core.pid !== null) told.add(core.pid)
      yield fromCore(core, analysis)
    }
    for (const event of analysis.lifecycle) {
      if (event.kind !== 'segfault' && event.kind !== 'trap') continue
      if (event.pid === null || told.has(event.pid)) continue
      told.add(event.pid)
      yield fromKernelLog(event, analysis)
    }
    for (const death of unitDeathsOf(analysis))
      if (FAULTS.has(death.number) && !death.deadline && !death.sent) yield raisedByItself('crash/fault', death)
    for (const crash of crashesOf(analysis)) {
      const number = crash.signal === null ? null : signalNumber(crash.signal)
      if (crash.kind !== 'signal' || number === null || !FAULTS.has(number) || crash.code === null || crash.code <= 0)
        continue
      if (crash.pid !== null && told.has(crash.pid)) continue
      yield {
        ...finding(
          crash.process,
          crash.process ? nameOf(crash.process) : 'A Go program',
          crash.signal!,
          null,
          crash.address,
          analysis,
        ),
        subject: crash.process ? subjectOf(crash.process, analysis) : crash.pid === null ? {} : { pid: crash.pid },
        chain: [
          {
            text: `The Go runtime printed: ${crash.message}. The signal came from code that is not Go’s (cgo), so it is no panic.`,
            status: 'observed',
            refs: crash.refs.slice(0, 4),
            ns: crash.ns,
          },
        ],
        ns: crash.ns,
      }
    }
  },
}

const CODES: Record<string, string> = {
  SEGV_MAPERR: 'nothing is mapped there',
  SEGV_ACCERR: 'the memory there does not allow it',
  SEGV_PKUERR: 'a protection key forbids it',
  BUS_ADRALN: 'the address is not aligned',
  BUS_ADRERR: 'the file behind the mapping ends before it',
  BUS_OBJERR: 'the hardware could not read it',
  FPE_INTDIV: 'an integer was divided by zero',
  FPE_INTOVF: 'an integer overflowed',
  FPE_FLTDIV: 'a float was divided by zero',
  ILL_ILLOPC: 'the processor does not know the instruction',
  ILL_ILLOPN: 'the instruction’s operand is not allowed',
  TRAP_BRKPT: 'a breakpoint was reached',
}
function codeName(number: number, code: number | null): string | null {
  return code === null || code <= 0 ? null : signalCode(number, code)
}

function meaning(signal: string, code: string | null, address: string | null): string {
  const at = address === null || address === 'NULL' ? '' : ` at ${address}`
  const why = code === null ? '' : ` (${code}${CODES[code] ? `: ${CODES[code]}` : ''})`
  return `${signal}${at}${why}`
}

function finding(
  process: Process | null,
  name: string,
  signal: string,
  code: string | null,
  address: string | null,
  analysis: Analysis,
): Omit<Finding, 'chain' | 'subject'> {
  const at = address === null || address === 'NULL' ? '' : ` at ${address}`
  return {
    rule: fault.id,
    severity: process ? severityOf(process, analysis) : 'fatal',
    title: title(
      `${name} crashed with ${signal}${at}: ${(code && CODES[code]) ?? 'a fault of its own'}`,
      `${name} crashed with ${signal}${at}`,
      `${name} crashed with ${signal}`,
    ),
    summary: `${process ? nameAndPid(process) : name} raised ${meaning(signal, code, address)} by an instruction of its own, and nothing handled it. Nobody sent it: the kernel makes this signal for the thread whose instruction failed.`,
    remedies: [
      {
        title: 'Find the instruction that failed',
        detail: 'A core shows the stack of the thread; without one the kernel log has the address of the instruction.',
        code: `coredumpctl debug ${name}   # or: gdb PROGRAM core -ex bt`,
        breaks: 0,
      },
    ],
  }
}

function fromDeath(death: Death, analysis: Analysis): Finding {
  const { process, cause, signal, number } = death
  const core = coreOf(death, analysis)
  const said = kernelLine(death, analysis)
  const address = cause?.address ?? said?.detail.address ?? core?.signal?.addr ?? null
  const code = cause?.code ?? codeName(number, core?.signal?.code ?? null)
  const raised: Link = cause
    ? {
        text: `The kernel raised ${meaning(signal, code, address)} in thread ${cause.deliveredTo ?? process.pid}.`,
        status: cause.origin === 'unknown' ? 'inferred' : 'observed',
        refs: cause.refs,
        ns: cause.deliveredNs,
        from: KERNEL,
        to: threadActor(cause.deliveredTo ?? process.pid, process),
        label: signal,
      }
    : core?.signal && core.signal.code !== null
      ? {
          text: `The kernel raised ${meaning(signal, code, address)} in thread ${core.threads[0]?.tid ?? process.pid}: so says the siginfo in the core.`,
          status: 'observed',
          refs: core.refs.slice(0, 2),
          from: KERNEL,
          to: threadActor(core.threads[0]?.tid ?? process.pid, process),
          label: signal,
        }
      : said
        ? kernelLink(said, signal)
        : { text: `The ${signal} itself was not recorded, only the end.`, status: 'missing', refs: [] }
  const told = core ? [...(cause ? [coreLink(core)] : []), ...stackLink(core)] : []
  const dump = core ? null : coredumpOf(death, analysis)
  if (dump && placesIn(dump) !== '')
    told.push({
      text: `The thread was in ${placesIn(dump)}: so says the stack that systemd-coredump took.`,
      status: 'observed',
      refs: dump.refs.slice(0, 1),
    })
  const chain = [raised, ...handlerLink(death), ...told, deathLink(death)]
  return {
    ...finding(process, nameOf(process), signal, code, address, analysis),
    ...(raised.status !== 'observed' && unrecorded(process, signal)),
    subject: subjectOf(process, analysis, cause?.deliveredTo),
    chain,
    ns: death.ns,
  }
}

/** The kernel could not call the handler of the first fault, and raised another in its place. */
function handlerLink({ fatal, cause }: Death): Link[] {
  if (!fatal || fatal === cause || fatal.because?.kind !== 'handler-failed') return []
  return [
    {
      text: `The kernel raised ${fatal.signal} again (${fatal.code}): ${fatal.because.text}.`,
      status: 'observed',
      refs: fatal.refs,
      ns: fatal.deliveredNs,
    },
  ]
}

/** The same where only the end is known: a fault is the usual reason, but nobody saw it. */
function unrecorded(process: Process, signal: string): Pick<Finding, 'title' | 'summary'> {
  const name = nameOf(process)
  return {
    title: title(`${name} died of ${signal}: what raised it was not recorded`, `${name} died of ${signal}`),
    summary: `${nameAndPid(process)} died of ${signal}. The kernel makes this signal for an instruction that fails, which is the usual reason; kill(2) can send it too, and this evidence does not tell which it was.`,
  }
}

function coreOf(death: Death, analysis: Analysis): Core | null {
  return analysis.capture.cores.find(c => c.pid === death.process.pid && c.signal?.number === death.number) ?? null
}

/** The kernel's line about the fault itself: it writes one only where the processor raised it, never for kill(2). */
function kernelLine({ process, signal, ns }: Death, analysis: Analysis): LifecycleEvent | null {
  return (
    analysis.lifecycle.find(
      e =>
        (e.kind === 'segfault' || e.kind === 'trap') &&
        e.pid === process.pid &&
        (e.signal === null || e.signal === signal) &&
        (e.comm === null || process.comm === null || e.comm.slice(0, 15) === process.comm.slice(0, 15)) &&
        near(e.ns, ns),
    ) ?? null
  )
}

function near(a: Ns | null, b: Ns | null): boolean {
  return a === null || b === null || Math.abs(a - b) < SAME_DEATH_NS
}

function coreLink(core: Core): Link {
  const { signal } = core
  const code = signal && codeName(signal.number, signal.code)
  return {
    text: `The core was taken for ${signal ? meaning(signalName(signal.number), code, signal.addr) : 'no signal'}.`,
    status: 'observed',
    refs: core.refs.slice(0, 2),
  }
}

/** Where the thread that took the signal stood: the first thread of a core (Linux fs/binfmt_elf.c, fill_note_info). */
function stackLink(core: Core): Link[] {
  const [thread] = core.threads
  if (!thread || thread.frames.length === 0) return []
  const places = thread.frames
    .slice(0, 4)
    .map(f => `${f.func}${f.file ? ` (${f.file.replace(/^.*\//, '')}${f.line ? `:${f.line}` : ''})` : ''}`)
  return [
    {
      text: `The thread was in ${places.join(', called by ')}.`,
      status: 'observed',
      refs: (thread.refs.length > 0 ? thread.refs : core.refs).slice(0, 1),
    },
  ]
}

function fromCore(core: Core, analysis: Analysis): Finding {
  const signal = core.signal!
  const name = signalName(signal.number)
  const process = lastLife(analysis, core.pid)
  const subject: Subject = {
    ...(core.pid !== null && { pid: core.pid }),
    ...(core.threads[0] && { tid: core.threads[0].tid }),
    ...(core.comm !== null && { comm: core.comm }),
  }
  const who = core.comm ?? (process ? nameOf(process) : 'A program')
  return {
    ...finding(process, who, name, codeName(signal.number, signal.code), signal.addr, analysis),
    subject,
    chain: [coreLink(core), ...stackLink(core)],
    ns: process?.endNs ?? null,
  }
}

function fromKernelLog(event: LifecycleEvent, analysis: Analysis): Finding {
  const signal = event.signal ?? (event.kind === 'segfault' ? 'SIGSEGV' : 'SIGTRAP')
  const process = lastLife(analysis, event.pid)
  return {
    ...finding(process, event.comm ?? `pid ${event.pid}`, signal, null, event.detail.address ?? null, analysis),
    subject: { pid: event.pid!, ...(event.comm !== null && { comm: event.comm }) },
    chain: [kernelLink(event, signal)],
    ns: event.ns,
  }
}

function kernelLink(event: LifecycleEvent, signal: string): Link {
  return {
    text: `The kernel wrote: ${event.text.slice(0, 200)}`,
    status: 'observed',
    refs: event.refs,
    ns: event.ns,
    from: KERNEL,
    to: processActor({ pid: event.pid!, comm: event.comm, argv: null }),
    label: signal,
  }
}
