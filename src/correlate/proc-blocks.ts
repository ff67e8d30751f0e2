/**
 * What the threads of /proc snapshots are blocked in, on which object, and who is at the other end: a /proc copy shows what
 * a trace cannot, the queue behind a write and the process that does not read it.
 */
import type { Analysis } from '../model/analysis.js'
import { addTo } from '../model/multimap.js'
import type { ProcSnapshot, ProcThread, SocketEnd } from '../model/proc.js'
import type { BlockedCall, Peer } from '../model/process.js'
import type { Ref } from '../model/ref.js'

/** Which argument of a call is the fd that it waits on. */
const FD_ARGUMENT: Record<string, number> = {
  ...Object.fromEntries(
    'read readv pread64 preadv recvfrom recvmsg recvmmsg accept accept4 write writev pwrite64 pwritev sendto sendmsg sendmmsg vmsplice connect epoll_wait epoll_pwait epoll_pwait2 flock fcntl fsync fdatasync ioctl fallocate ftruncate getdents64 io_uring_enter sendfile'
      .split(' ')
      .map(name => [name, 0]),
  ),
  tee: 1,
  splice: 2,
}

/** Calls in which threads wait by design: for events, time, children, signals, other threads, input. */
const USUAL =
  /^(?:epoll_|e?poll|ppoll|select|pselect|futex|nanosleep|clock_nanosleep|wait4|waitid|accept|pause|rt_sig|read|recv|restart_syscall|msgrcv|mq_timedreceive|io_getevents|io_pgetevents|io_uring_enter)/

/** The call behind a place in the kernel, by the functions through which every call of that kind goes. */
const FROM_STACK: readonly (readonly [RegExp, string])[] = [
  [/^__(?:x64|arm64)_sys_(?:new)?(\w+)$/, ''],
  [/^ksys_(read|write)$/, ''],
  [/^do_writev$/, 'writev'],
  [/^do_readv$/, 'readv'],
  [/^__sys_(sendto|sendmsg|sendmmsg|recvfrom|recvmsg|accept4|connect)$/, ''],
  [/^do_epoll_wait$/, 'epoll_wait'],
]

/** Functions in which only a full pipe or socket makes a thread sleep. */
const FULL =
  /^(?:(?:anon_)?pipe_write|pipe_wait_writable|sock_alloc_send_pskb|sk_stream_wait_memory|unix_wait_for_peer|wait_for_unix_gc)$/

/** Adds to `analysis.blockedCalls` what /proc shows, and to the calls that a trace shows too what only /proc knows. */
export function addProcBlocks(analysis: Analysis): void {
  const ends = new Ends(analysis.capture.procs, analysis.capture.sockets)
  const byThread = new Map<number, BlockedCall[]>()
  for (const call of analysis.blockedCalls) addTo(byThread, call.tid, call)
  for (const snapshot of analysis.capture.procs)
    for (const thread of snapshot.threads) {
      const call = blockedCall(snapshot, thread, ends)
      if (!call) continue
      const traced = byThread.get(call.tid)?.find(known => isSame(known, call))
      if (traced) enrich(traced, call)
      else analysis.blockedCalls.push(call)
    }
}

/** The same call of the same thread on the same object; a number in brackets is the inode in every spelling. */
function isSame(known: BlockedCall, call: BlockedCall): boolean {
  if (known.syscall !== call.syscall) return false
  const inode = /\[(\d+)/
  const [a, b] = [inode.exec(known.object ?? '')?.[1], inode.exec(call.object ?? '')?.[1]]
  return a === undefined || b === undefined || a === b
}

function enrich(traced: BlockedCall, call: BlockedCall): void {
  traced.wchan ??= call.wchan
  traced.peers ??= call.peers
  traced.queuedBytes ??= call.queuedBytes
  traced.object ??= call.object
  // A trace knows of an open call only how long it watched; that it sleeps for want of room, /proc shows.
  if (traced.open && FULL.test(call.wchan ?? '')) traced.durationNs = null
  traced.refs.push(...call.refs)
}

/**
 * What a thread of a snapshot is blocked in; null for one of an unknown process, for one that runs, is stopped, has ended, or of which only the name is known. Threads
 * known from `ps` alone count where their wchan says that a pipe or socket is full.
 */
export function blockedCall(snapshot: ProcSnapshot, thread: ProcThread, ends: Ends): BlockedCall | null {
  if (snapshot.pid === null || (thread.state !== null && !/[SD]/.test(thread.state))) return null
  const syscall = thread.syscall?.name ?? callOfStack(thread.stack) ?? (FULL.test(thread.wchan ?? '') ? 'write' : null)
  if (syscall === null) return null
  const wchan = thread.wchan ?? thread.stack[0] ?? null
  const refs = refsOf(thread)
  const call: BlockedCall = {
    pid: snapshot.pid,
    tid: thread.tid,
    syscall,
    object: null,
    sinceNs: null,
    durationNs: null,
    open: true,
    usual: thread.state !== 'D' && USUAL.test(syscall) && !FULL.test(wchan ?? ''),
    wchan,
    refs,
  }
  const args = thread.syscall?.args
  if (!args) return call
  if (syscall === 'futex') call.object = `futex 0x${args[0].toString(16)}`
  else if (syscall === 'wait4' && BigInt.asIntN(32, args[0]) > 0n) call.object = `pid ${args[0]}`
  else if (syscall in FD_ARGUMENT) {
    const fd = Number(BigInt.asUintN(32, args[FD_ARGUMENT[syscall]]))
    const open = snapshot.fds.find(f => f.fd === fd)
    call.object = open?.target ?? `fd ${fd}`
    if (open) {
      refs.push({ source: open.source, line: open.line })
      const writes = FULL.test(wchan ?? '') || /^(?:p?write|send|vmsplice|splice|tee)/.test(syscall)
      const other = ends.of(open.target, writes ? 'r' : 'w')
      if (other) {
        call.peers = other.peers
        call.queuedBytes = other.queuedBytes
        refs.push(...other.refs)
      }
    }
  }
  return call
}

function callOfStack(stack: readonly string[]): string | null {
  for (const place of stack)
    for (const [pattern, name] of FROM_STACK) {
      const m = pattern.exec(place)
      if (m) return name || m[1]
    }
  return null
}

function refsOf(thread: ProcThread): Ref[] {
  const { syscall, wchan, stack, status } = thread.at ?? {}
  return [syscall, wchan, stack, thread.syscall ? undefined : status].filter(ref => ref !== undefined)
}

interface OtherEnd {
  peers: Peer[]
  queuedBytes: number | null
  refs: Ref[]
}

/** Who holds what, from all fd listings and socket tables of the capture. */
export class Ends {
  #sockets = new Map<number, SocketEnd[]>()
  #byPeer = new Map<number, SocketEnd>()
  #byAddress = new Map<string, SocketEnd>()
  #holders = new Map<string, { snapshot: ProcSnapshot; fd: ProcSnapshot['fds'][number] }[]>()
  #states = new Map<number, { state: string | null; comm: string | null; ref: Ref | undefined }>()

  constructor(snapshots: readonly ProcSnapshot[], sockets: readonly SocketEnd[]) {
    for (const end of sockets) {
      if (end.inode > 0) addTo(this.#sockets, end.inode, end)
      if (end.peerInode !== null) this.#byPeer.set(end.peerInode, end)
      if (end.local !== null && end.remote !== null) this.#byAddress.set(`${end.local} ${end.remote}`, end)
    }
    for (const snapshot of snapshots) {
      if (snapshot.pid === null) continue
      for (const fd of snapshot.fds) addTo(this.#holders, fd.target, { snapshot, fd })
      const main = snapshot.threads.find(t => t.tid === snapshot.pid)
      const known = this.#states.get(snapshot.pid)
      if (!known || (known.state === null && main?.state))
        this.#states.set(snapshot.pid, {
          state: main?.state ?? null,
          comm: snapshot.comm ?? known?.comm ?? null,
          ref: main?.at?.status,
        })
    }
  }

  /**
   * The other end of an object that /proc/PID/fd names: of a socket its peer, of a pipe those who have it open for `access`.
   * Null where no listing shows it.
   */
  of(target: string, access: 'r' | 'w'): OtherEnd | null {
    const m = /^(socket|pipe):\[(\d+)\]$/.exec(target)
    if (m?.[1] === 'socket') return this.#peerOf(Number(m[2]))
    const holders = (this.#holders.get(target) ?? []).filter(h => h.fd.flags?.includes(access))
    // A terminal or a plain file has no other end that somebody holds; a pipe and a FIFO have.
    if (!m || holders.length === 0) return null
    const peers = holders.map(h => this.#peer(h.snapshot.pid!, h.snapshot.comm, h.fd.fd, [placeOf(h.fd)]))
    return { peers, queuedBytes: null, refs: peers.flatMap(p => p.refs) }
  }

  #peerOf(inode: number): OtherEnd | null {
    const own = this.#sockets.get(inode) ?? []
    const linked = own.find(end => end.peerInode !== null)?.peerInode ?? this.#byPeer.get(inode)?.inode
    const [address] = own.filter(end => end.local !== null && end.remote !== null)
    const facing = address && this.#byAddress.get(`${address.remote} ${address.local}`)
    const theirs = linked !== undefined ? (this.#sockets.get(linked) ?? []) : facing ? [facing] : []
    const peers = new Map<string, Peer>()
    for (const end of theirs)
      for (const { pid, comm, fd } of end.holders)
        peers.set(`${pid} ${fd}`, this.#peer(pid, comm, fd, [{ source: end.source, line: end.line }]))
    if (linked !== undefined)
      for (const { snapshot, fd } of this.#holders.get(`socket:[${linked}]`) ?? [])
        if (!peers.has(`${snapshot.pid} ${fd.fd}`))
          peers.set(`${snapshot.pid} ${fd.fd}`, this.#peer(snapshot.pid!, snapshot.comm, fd.fd, [placeOf(fd)]))
    const queues = own.map(end => end.sendQueue).filter(n => n !== null)
    if (peers.size === 0 && queues.length === 0) return null
    // The row that shows the queue comes last: it is what the number of bytes is cited from.
    const full = own.reduce<SocketEnd | null>((a, b) => ((b.sendQueue ?? -1) > (a?.sendQueue ?? -1) ? b : a), null)
    const shown = [...theirs.filter(e => e.holders.length > 0), ...own.filter(e => e.peerInode !== null && e !== full)]
    const refs = [...shown, ...(full ? [full] : [])].map(e => ({ source: e.source, line: e.line }))
    return { peers: [...peers.values()], queuedBytes: queues.length > 0 ? Math.max(...queues) : null, refs }
  }

  #peer(pid: number, comm: string | null, fd: number | null, refs: Ref[]): Peer {
    const known = this.#states.get(pid)
    const state = known?.state ?? null
    return {
      pid,
      comm: comm ?? known?.comm ?? null,
      fd,
      state,
      refs: known?.ref && state ? [...refs, known.ref] : refs,
    }
  }
}

function placeOf(fd: ProcSnapshot['fds'][number]): Ref {
  return { source: fd.source, line: fd.line }
}
