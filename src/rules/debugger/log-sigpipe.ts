import type { Analysis, BrokenPipe } from '../../model/analysis.js'
import type { Actor, Link } from '../../model/finding.js'
import type { Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import { KERNEL, titled } from '../lifecycle-links.js'

/** A Delve server died because its own log's reader went away. */
export const logSigpipe: Rule = {
  id: 'debugger/log-sigpipe',
  severity: 'fatal',
  needs: 'strace of dlv (with -f and strings not cut to nothing: -s 256)',
  summary: 'A debugger server (dlv) died because the reader of its own log went away.',
  explanation:
    'With --log dlv writes its log to standard error. When whatever reads that (a pipe, a terminal multiplexer, journald) is gone, the next ' +
    'log line fails with EPIPE. dlv is a Go program: for descriptors 1 and 2 the Go runtime turns EPIPE into death by SIGPIPE (os/file_unix.go ' +
    'epipecheck, runtime sigpipe), also where SIGPIPE was ignored when it started. dlv can live on for hours until it next logs: the first ' +
    'RPC of a new client is a typical end.\n\n' +
    'The program that it debugged is not killed: ptrace detaches when the tracer dies, and breakpoints that are still in its text will ' +
    'end it by SIGTRAP when they are reached. Without --log dlv writes only errors to standard error, with --log-dest=FILE nothing.',
  *find(analysis) {
    const told = new Set<BrokenPipe>()
    for (const process of analysis.processes) {
      if (process.exit?.signal !== 'SIGPIPE') continue
      if (process.comm !== null && !isDelveName(process.comm)) continue
      const broken = analysis.brokenPipes.findLast(
        b =>
          b.pid === process.pid &&
          (b.fd === 1 || b.fd === 2) &&
          (b.ns === null || process.endNs === null || b.ns <= process.endNs) &&
          (b.ns === null || process.startNs === null || b.ns >= process.startNs),
      )
      if (!broken || told.has(broken)) continue
      told.add(broken)
      const text = textOf(analysis, broken)
      const isDelve = [process.comm, process.argv?.[0]].some(name => name != null && isDelveName(name))
      if (isDelve || (text !== null && LOG_LINE.test(text))) yield finding(analysis, process, broken, text, isDelve)
    }
  },
}

function isDelveName(name: string): boolean {
  return /(?:^|\/)dlv(?:-dap)?$/.test(name)
}

/** Delve's log: logrus lines that name one of its layers (pkg/logflags), or its first line. */
const LOG_LINE =
  /^(?:(?:\d{4}-\d\d-\d\dT\S{1,30} )?(?:debug|info|warn|warning|error|fatal) |time=.{1,60} )?layer=(?:debugger|rpc|dap|gdbwire|gdbconn|lldbout|debuglineerr|fncall|minidump|stack|kill|native|proc)\b|^API server listening at: |^Received SIG\w+, terminating/

/** The text that the write was to write, as far as strace printed it. */
function textOf(analysis: Analysis, broken: BrokenPipe): string | null {
  const at = broken.refs[0]
  const trace = analysis.capture.traces.find(t => t.source === at?.source)
  if (!trace) return null
  for (const event of trace.events) {
    if (event.type !== 'call' || event.line !== at.line) continue
    return /"((?:[^"\\]|\\.){0,400})/.exec(event.args.slice(0, 4096))?.[1] ?? null
  }
  return null
}

function finding(analysis: Analysis, process: Process, broken: BrokenPipe, text: string | null, isDelve: boolean) {
  const { pid } = process
  const dlv: Actor = { key: `pid:${pid}`, name: process.comm ?? 'dlv', kind: 'process' }
  const object: Actor = {
    key: broken.object ?? `fd ${broken.fd}`,
    name: broken.object ?? `fd ${broken.fd}`,
    kind: 'object',
  }
  const reader = broken.hypotheses?.[0]
  const chain: Link[] = []
  if (reader?.standing === 'observed')
    chain.push({ text: `${reader.hypothesis}: ${reader.text}`, status: 'observed', refs: reader.refs, ns: reader.ns })
  // Errors are logged to standard error without --log too; the lower levels only with it (pkg/logflags).
  const needsLog = text !== null && /^\S+ (?:debug|info|warn|warning) layer=/.test(text)
  const line = text === null ? '' : ` (“${text.length > 70 ? `${text.slice(0, 70)}…` : text}”)`
  chain.push({
    text: `dlv wrote a line of its log${line} to fd ${broken.fd}, and nobody had the other end open any more: EPIPE.`,
    status: 'observed',
    refs: broken.refs,
    ns: broken.ns,
    from: dlv,
    to: object,
    label: `${broken.syscall} → EPIPE`,
  })
  if (broken.sigpipe)
    chain.push({
      text: 'The kernel raised SIGPIPE in the writing thread.',
      status: 'observed',
      refs: broken.sigpipe.refs,
      ns: broken.sigpipe.deliveredNs ?? broken.ns,
      from: KERNEL,
      to: dlv,
      label: 'SIGPIPE',
    })
  const own = analysis.signals.filter(
    s =>
      s.signal === 'SIGPIPE' &&
      s.target.pid === pid &&
      s.sender?.pid === pid &&
      (s.origin === 'tgkill' || s.code === 'SI_TKILL'),
  )
  if (own.length > 0)
    chain.push({
      text: 'For descriptors 1 and 2 the Go runtime turns EPIPE into death: it sent SIGPIPE to itself, with the default action.',
      status: 'observed',
      refs: own.flatMap(s => s.refs).slice(0, 6),
      ns: own.at(-1)!.sentNs ?? own.at(-1)!.deliveredNs,
      from: { key: `runtime:${pid}`, name: 'Go runtime', kind: 'runtime' },
      to: dlv,
      label: 'tgkill SIGPIPE',
    })
  chain.push({
    text: `dlv (pid ${pid}) was killed by SIGPIPE.`,
    status: 'observed',
    refs: process.exit!.refs.slice(-2),
    ns: process.endNs,
  })
  return {
    rule: logSigpipe.id,
    severity: 'fatal' as const,
    title: titled(`dlv (pid ${pid}) died writing its own log: the reader of fd ${broken.fd} was gone`),
    summary:
      `The debugger server${isDelve ? '' : ', known by the format of its log,'} ${needsLog ? 'ran with --log and wrote' : 'wrote its log'} to ${broken.object ?? `fd ${broken.fd}`}, whose reader had gone. ` +
      'For a Go program that is fatal on descriptors 1 and 2, whatever SIGPIPE was set to before. ' +
      'The program under the debugger was not killed by this: it was detached.',
    subject: { pid, comm: process.comm ?? 'dlv' },
    chain,
    remedies: [
      {
        title: 'Send the log of dlv to a file',
        detail: '--log-dest takes a file or a descriptor number; nothing else has to stay alive then (dlv help log).',
        code: 'dlv exec ./prog --headless --listen=:2345 --accept-multiclient \\\n  --log --log-output=debugger,rpc --log-dest=/var/log/dlv.log',
        breaks: chain.findIndex(l => l.label?.includes('EPIPE')),
      },
      {
        title: 'Leave --log out',
        detail: needsLog
          ? 'Without --log only errors of dlv itself go to standard error; a broken one can still end it then.'
          : 'It may be left out already: errors of dlv itself are written without it. --log-dest covers them too.',
      },
      {
        title: 'Let nothing but systemd own its standard error',
        detail:
          'As a service with StandardError=journal it does not depend on a terminal or a pipe. IgnoreSIGPIPE= does not help: the Go runtime installs its own handler (runtime/signal_unix.go).',
        code: '[Service]\nStandardOutput=journal\nStandardError=journal',
      },
    ],
    ns: process.endNs,
  }
}
