/** Places where a goroutine waits because that is its work: nothing to explain, nothing to accuse. */
import type { Frame, Primitive } from '../../model/goroutine.js'

/**
 * Functions of the standard library and of widely used modules whose goroutines spend their lives waiting. The frame may
 * stand anywhere in the stack; the goroutine must be blocked in one of the ways named.
 */
const IDLE: readonly { func: RegExp; waits: readonly Primitive[]; words: string }[] = [
  place(/^net\.\(\*\w*Listener\)\.Accept\w*$|\.\(\*FD\)\.Accept$/, ['netpoll'], 'waits for a connection'),
  place(/^net\.\(\*(?:UDP|IP|Unix)Conn\)\.Read\w*$/, ['netpoll'], 'waits for a packet'),
  place(/^net\/http\.\(\*conn\)\.readRequest$/, ['netpoll'], 'idle HTTP connection'),
  place(/^net\/http\.\(\*connReader\)\.backgroundRead$/, ['netpoll'], 'watches an HTTP connection for its end'),
  place(/^net\/http\.\(\*persistConn\)\.(?:readLoop|writeLoop)$/, ['netpoll', 'select'], 'idle HTTP client connection'),
  place(
    /^(?:net\/http\.\(\*http2|golang\.org\/x\/net\/http2\.\(\*)(?:clientConnReadLoop|serverConn|ServerConn|ClientConn|Transport)\)\./,
    ['netpoll', 'select'],
    'idle HTTP/2 connection',
  ),
  place(
    /^database\/sql\.\(\*DB\)\.connection(?:Opener|Resetter|Cleaner)$/,
    ['select', 'channel-receive'],
    'keeper of a connection pool',
  ),
  place(/^context\.(?:\(\*cancelCtx\)\.)?propagateCancel\.func\d+$/, ['select'], 'waits for a context to end'),
  place(/^os\/signal\.NotifyContext\.func\d+$/, ['select'], 'waits for a signal'),
  place(
    /^google\.golang\.org\/grpc\/internal\/transport\.\(\*(?:controlBuffer\.get|controlBuffer\)\.get|http2(?:Server|Client)\)\.(?:keepalive|reader|HandleStreams)|recvBufferReader\))/,
    ['select', 'netpoll', 'channel-receive'],
    'idle gRPC connection',
  ),
  place(
    /^google\.golang\.org\/grpc(?:\/internal\/grpcsync)?\.\(\*(?:CallbackSerializer\)\.run|ccBalancerWrapper\)\.watcher|addrConn\)|ccResolverWrapper\)\.watcher)/,
    ['select', 'channel-receive'],
    'keeper of a gRPC connection',
  ),
  place(/^go\.opencensus\.io\/stats\/view\.\(\*worker\)\.start$/, ['select'], 'metrics worker'),
  place(
    /\.\(\*(?:loggingT|flushDaemon|fileSink|logSinks)\)\.(?:flushDaemon|run\.func1|run)$/,
    ['select', 'channel-receive'],
    'log flusher',
  ),
  place(/^k8s\.io\/apimachinery\/pkg\/util\/wait\.\w*Until\w*$/, ['select'], 'timed loop'),
  place(
    /^k8s\.io\/client-go\/util\/workqueue\.\(\*\w+(?:\[[^\]]*\])?\)\.(?:Get|updateUnfinishedWorkLoop|waitingLoop)$/,
    ['select', 'cond'],
    'idle work queue',
  ),
  place(
    /^k8s\.io\/client-go\/tools\/cache\.\(\*(?:processorListener|sharedProcessor|DeltaFIFO)\)\./,
    ['select', 'cond', 'channel-receive'],
    'idle informer',
  ),
  place(/^github\.com\/fsnotify\/fsnotify\.\(\*\w+\)\.readEvents$/, ['netpoll', 'syscall'], 'waits for file events'),
  place(/^runtime\/trace\.Start\.func\d+$|^runtime\/pprof\.profileWriter$/, ['sleep', 'runtime', 'select'], 'profiler'),
  place(
    /^testing\.\(\*[TM]\)\.(?:Run|Parallel)$|^testing\.tRunner\.func\d+$/,
    ['channel-receive'],
    'waits for a subtest',
  ),
  place(
    /^internal\/singleflight\.|^os\/exec\.\(\*Cmd\)\.(?:watchCtx|Start)\.func\d+$/,
    ['select'],
    'waits for a command',
  ),
]

function place(func: RegExp, waits: readonly Primitive[], words: string) {
  return { func, waits, words }
}

/** Frames of whoever writes the dump: it runs because of the dump, not because of the program. */
const DUMPER =
  /^(?:runtime\/pprof\.(?:writeGoroutine|writeRuntimeProfile|\(\*Profile\)\.WriteTo)|runtime\.Stack$|runtime\/debug\.(?:Stack|PrintStack)$|runtime\.GoroutineProfile)/
/** Functions below which goroutine 1 waits for the process to be told to stop. */
const SIGNAL_WAIT = /^os\/signal\./

/** Whether the goroutine is the one that writes the dump. */
export function isDumper(primitive: Primitive, frames: readonly Frame[]): boolean {
  return primitive === 'none' && frames.slice(0, 12).some(f => DUMPER.test(f.func))
}

/**
 * Why a goroutine waits where it is meant to, in words; null where it may be stuck.
 *
 * @param main whether it is goroutine 1 in its main function
 * @param signals whether the program has a signal loop: then main is taken to wait for a signal
 */
export function idleReason(
  primitive: Primitive,
  frames: readonly Frame[],
  main: boolean,
  signals: boolean,
): string | null {
  if (isDumper(primitive, frames)) return 'writes the dump'
  if (primitive === 'sleep') return 'sleeps'
  if (main && primitive === 'select-empty') return 'select {} keeps main alive'
  if (main && signals && (primitive === 'channel-receive' || primitive === 'select')) return 'main waits for a signal'
  if (frames.some(f => SIGNAL_WAIT.test(f.func))) return 'waits for signals'
  for (const { func, waits, words } of IDLE)
    if (waits.includes(primitive) && frames.some(f => func.test(f.func))) return words
  return null
}
