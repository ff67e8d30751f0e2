/**
 * Descriptor tables: how descriptors on pipes and sockets come (pipe, socketpair, accept, dup, fork), go (close, execve,
 * death) and are named (`-y`, `-yy`). Files are not followed: nothing that dies or hangs depends on who holds one.
 */
import type { Ref } from '../../model/ref.js'
import type { TraceCall } from '../../model/trace.js'
import { decoration, type FdArg, fdOf, fdPair, numberOf, splitArgs } from './call-args.js'
import { type CloseOnExec, End, FdTable, type Release } from './ends.js'
import { KIND } from './kinds.js'
import type { Life, ThreadLife } from './life.js'
import type { Moment } from './moment.js'

/** Calls that only give up or copy descriptors that are there. */
const DROPS = new Set(['close', 'close_range', 'execve', 'execveat', 'dup', 'dup2', 'dup3', 'fcntl', 'fcntl64'])
const PIPE = /^pipe:\[\d+\]/
const SOCKET = /^(?:UNIX|TCP|socket|\(null\))/

/**
 * The two ends that `-yy` names: `UNIX-STREAM:[12->34,"/tmp/s"]`, `TCPv6:[[::1]:58835->[::1]:55238]`. A Unix socket's name
 * is its own inode, so that of its peer is all there is to look for; an address is one socket's only together with the other.
 */
function endsNamed(object: string): { own: string; peer: string | null } | null {
  const m = /^(UNIX|TCP|SCTP|\(null\))[-A-Za-z0-9]*:\[/.exec(object)
  if (!m) return null
  const [inside] = object.slice(m[0].length, object.lastIndexOf(']')).split(',"', 1)
  const arrow = inside.indexOf('->')
  const unix = m[1] === 'UNIX' || m[1] === '(null)'
  // Before it is accepted and after its peer has gone strace knows of a Unix socket only which it is itself.
  if (arrow === -1 && unix && !m[0].includes('DGRAM') && /^\d+$/.test(inside))
    return { own: `unix:${inside}`, peer: null }
  if (arrow <= 0) return null
  const [one, other] = [inside.slice(0, arrow), inside.slice(arrow + 2)]
  // Old straces do not know the name of the Unix protocol on new kernels: `(null):[387020->387019]`.
  if (unix) return other === '' ? null : { own: `unix:${one}`, peer: `unix:${other}` }
  return { own: `${m[1]}:${one}>${other}`, peer: `${m[1]}:${other}>${one}` }
}

export class FdTables {
  readonly #tables = new Map<Life, FdTable>()
  readonly #byName = new Map<string, End>()

  of(life: Life): FdTable {
    let table = this.#tables.get(life)
    if (!table) {
      table = new FdTable()
      table.users.add(life)
      this.#tables.set(life, table)
    }
    return table
  }

  /** fork and clone: a copy of the maker's table, or the table itself. */
  born(child: ThreadLife, maker: ThreadLife, shared: boolean): void {
    if (child.life === maker.life || this.#tables.has(child.life)) return
    const table = this.of(maker.life)
    if (shared) {
      table.users.add(child.life)
      this.#tables.set(child.life, table)
    } else if (table.size > 0) table.copyTo(this.of(child.life))
  }

  /** What a call that has returned did to the table of its process. */
  returned(call: TraceCall, kind: number, { thread, ref, ns, seq }: Moment): void {
    const { name } = call
    if ((kind & KIND.changesFds) === 0) {
      this.#learn(this.of(thread.life), fdOf(splitArgs(call.args, 1)[0]), kind)
      return
    }
    const { life } = thread
    const release = (how: Release['how']): Release => ({ how, life, ns, seq, refs: [ref] })
    const table = this.of(life)
    // Most closes are of files, which are in no table.
    if (table.size === 0 && DROPS.has(name)) return
    const failed = call.error !== null || call.ret === null || call.injected
    switch (call.name) {
      case 'pipe':
      case 'pipe2':
        if (!failed) this.#pipe(table, call)
        return
      case 'socketpair':
        if (!failed) this.#socketpair(table, call)
        return
      case 'socket':
        if (!failed) this.#put(table, { fd: call.ret!, object: decoration(call.retText ?? '') }, new End(true), call)
        return
      case 'open':
      case 'openat':
      case 'openat2':
      case 'creat':
        if (!failed) this.#openFifo(table, call)
        return
      case 'accept':
      case 'accept4':
        if (!failed)
          this.#put(
            table,
            { fd: call.ret!, object: decoration(call.retText ?? '') },
            new End(true),
            /CLOEXEC/.test(call.args),
          )
        return
      case 'dup':
      case 'dup2':
      case 'dup3':
        if (!failed) this.#dup(table, call, release('closed'))
        return
      case 'fcntl':
      case 'fcntl64':
        if (!failed) this.#fcntl(table, call)
        return
      case 'close': {
        // A close that fails has closed all the same, except where there was nothing to close (close(2)).
        const fd = fdOf(call.args)
        if (!fd || call.error === 'EBADF' || call.injected) return
        this.#learn(table, fd, kind)
        table.drop(fd.fd, release('closed'))
        return
      }
      case 'close_range':
        if (!failed) this.#closeRange(table, call, release('closed'))
        return
      case 'execve':
      case 'execveat':
        if (!failed) this.#execve(life, release('execve'))
        return
      case 'shutdown':
        if (!failed) this.#shutdown(table, call, release('shutdown'))
        return
      case 'sendmsg':
      case 'recvmsg':
      case 'sendmmsg':
        this.#message(table, call, kind)
        return
      case 'pidfd_getfd':
        if (!failed) this.#borrowed(table, call)
        return
    }
  }

  /** The end of a process: it gives up all that it holds. `seq` is where its dying began. */
  ended(life: Life, refs: Ref[]): void {
    const table = this.#tables.get(life)
    if (!table) return
    this.#tables.delete(life)
    table.users.delete(life)
    if (table.users.size > 0) return
    const seq = Math.min(life.dyingSeq, life.endSeq)
    for (const end of table.dropAll({ how: 'died', life, ns: life.process.endNs, seq, refs })) this.#forget(end)
  }

  /** A pipe or connection that nobody holds on either side can never be asked for again. */
  #forget(end: End): void {
    if (end.peer && end.peer.holders.size > 0) return
    for (const dead of [end, end.peer])
      for (const key of dead?.keys ?? []) if (this.#byName.get(key) === dead) this.#byName.delete(key)
  }

  /** The end that a descriptor is on; null for files and for descriptors whose making was not seen. */
  endOf(life: Life, fd: number): End | null {
    return this.#tables.get(life)?.get(fd)?.end ?? null
  }

  #pipe(table: FdTable, call: TraceCall): void {
    const [pair, flags] = splitArgs(call.args, 2)
    const fds = fdPair(pair)
    if (!fds) return
    const [reading, writing] = [new End(true), new End(true)]
    reading.peer = writing
    writing.peer = reading
    const closeOnExec = flags?.includes('O_CLOEXEC') ?? false
    this.#put(table, fds[0], reading, closeOnExec, 'r')
    this.#put(table, fds[1], writing, closeOnExec, 'w')
  }

  /** Opens are in a trace where they are of a FIFO. It has one end for all who read, and one for all who write. */
  #openFifo(table: FdTable, call: TraceCall): void {
    const path = decoration(call.retText ?? '')
    if (path === null) return
    const side = call.name === 'creat' || /\bO_WRONLY\b/.test(call.args) ? 'w' : 'r'
    const end = this.#byName.get(`${path}${side}`) ?? new End(true)
    end.byName = true
    // Who opens it for both is at both ends, and only one can be kept of a descriptor.
    if (/\bO_RDWR\b/.test(call.args)) end.handedOn = true
    this.#put(table, { fd: call.ret!, object: null }, end, call)
    end.name = path
    this.#pair(end, `${path}${side}`, `${path}${side === 'r' ? 'w' : 'r'}`)
  }

  #socketpair(table: FdTable, call: TraceCall): void {
    const args = splitArgs(call.args, 4)
    const fds = fdPair(args[3])
    if (!fds) return
    const [one, other] = [new End(true), new End(true)]
    one.peer = other
    other.peer = one
    for (const [i, end] of [one, other].entries())
      this.#put(table, fds[i], end, args[1]?.includes('SOCK_CLOEXEC') ?? false)
  }

  #put(table: FdTable, fd: FdArg, end: End, closeOnExec: CloseOnExec, side = ''): void {
    // A number that is given out anew was free: its close was not in the log.
    const stale = table.get(fd.fd)
    if (stale) {
      stale.end.handedOn = true
      table.drop(fd.fd, stale.end.released ?? noRelease(table))
    }
    table.put(fd.fd, end, closeOnExec)
    if (fd.object) this.#name(end, fd.object, side)
  }

  #name(end: End, object: string, side: string): void {
    if (end.name === object) return
    end.name = object
    const named = endsNamed(object)
    if (named) this.#pair(end, named.own, named.peer)
    else if (PIPE.test(object) && side !== '')
      this.#pair(end, `${object}${side}`, `${object}${side === 'r' ? 'w' : 'r'}`)
  }

  /** Registers an end under its name, and joins it with the other one if that is known. */
  #pair(end: End, own: string, other: string | null): void {
    const isNew = !end.keys.includes(own)
    if (isNew) this.#register(own, end)
    // Who names its peer can be found by the name of that.
    const seeks = other === null ? null : `${other}<`
    if (seeks !== null && !end.keys.includes(seeks)) this.#register(seeks, end)
    else if (!isNew) return
    const peer = this.#byName.get(other ?? `${own}<`)
    if (!peer || peer === end || end.peer) return
    end.peer = peer
    peer.peer = end
  }

  #register(key: string, end: End): void {
    this.#byName.set(key, end)
    end.keys.push(key)
  }

  /** A descriptor that is in use says what it is on. Its making was not seen, or its name has changed since (connect). */
  #learn(table: FdTable, fd: FdArg | null, kind: number): void {
    if (!fd?.object) return
    const held = table.get(fd.fd)
    if (held) {
      if (SOCKET.test(fd.object)) this.#name(held.end, fd.object, '')
      return
    }
    const side = kind & KIND.reads ? 'r' : kind & KIND.writes ? 'w' : ''
    if (PIPE.test(fd.object) && side !== '') {
      const known = this.#byName.get(`${fd.object}${side}`)
      const end = known ?? new End(false)
      table.put(fd.fd, end, false)
      this.#name(end, fd.object, side)
    } else if (endsNamed(fd.object)) {
      const end = new End(false)
      table.put(fd.fd, end, false)
      this.#name(end, fd.object, '')
    }
  }

  #dup(table: FdTable, call: TraceCall, release: Release): void {
    const [old, wanted, flags] = splitArgs(call.args, 3)
    const from = fdOf(old)
    if (!from || from.fd === call.ret) return
    this.#learn(table, from, 0)
    if (wanted !== undefined) table.drop(call.ret!, release)
    const held = table.get(from.fd)
    if (held) this.#put(table, { fd: call.ret!, object: null }, held.end, flags?.includes('O_CLOEXEC') ?? false)
  }

  #fcntl(table: FdTable, call: TraceCall): void {
    const [fdArg, command, value] = splitArgs(call.args, 3)
    const fd = fdOf(fdArg)
    if (!fd) return
    if (command.startsWith('F_DUPFD')) {
      const held = table.get(fd.fd)
      if (held) this.#put(table, { fd: call.ret!, object: null }, held.end, command.includes('CLOEXEC'))
    } else if (command === 'F_SETFD') table.setCloseOnExec(fd.fd, value?.includes('FD_CLOEXEC') || value === '0x1')
  }

  #closeRange(table: FdTable, call: TraceCall, release: Release): void {
    const [first, last, flags] = splitArgs(call.args, 3)
    const from = numberOf(first) ?? 0
    const to = numberOf(last) ?? -1
    if (flags?.includes('CLOSE_RANGE_CLOEXEC')) {
      for (let fd = from; fd <= Math.min(to < 0 ? 65536 : to, 65536); fd++) table.setCloseOnExec(fd, true)
    } else table.closeRange(from, to < 0 ? Number.POSITIVE_INFINITY : to, release)
  }

  #execve(life: Life, release: Release): void {
    const table = this.of(life)
    if (table.users.size > 1) {
      const own = new FdTable()
      own.users.add(life)
      table.copyTo(own)
      table.users.delete(life)
      this.#tables.set(life, own)
    }
    this.of(life).closeOnExec(release)
  }

  #shutdown(table: FdTable, call: TraceCall, release: Release): void {
    const [fdArg, how] = splitArgs(call.args, 2)
    const fd = fdOf(fdArg)
    if (!fd) return
    this.#learn(table, fd, 0)
    const end = table.get(fd.fd)?.end
    if (!end) return
    if (how !== 'SHUT_WR' && how !== '1') end.shut.reading = release
    if (how !== 'SHUT_RD' && how !== '0') end.shut.writing = release
  }

  /** SCM_RIGHTS: the descriptors in it are copied to whoever reads the message. */
  #message(table: FdTable, call: TraceCall, kind: number): void {
    const fd = fdOf(splitArgs(call.args, 1)[0])
    if (fd?.object) this.#learn(table, fd, kind)
    const rights = /SCM_RIGHTS, cmsg_data=\[([^\]]*(?:\[[^\]]*\][^\]]*)*)\]/.exec(call.args)
    if (!rights) return
    for (const passed of splitArgs(rights[1], 64).map(fdOf)) {
      if (!passed) continue
      if (call.name === 'recvmsg') this.#learn(table, passed, 0)
      const held = table.get(passed.fd)
      if (held) held.end.handedOn = true
    }
  }

  #borrowed(table: FdTable, call: TraceCall): void {
    const object = decoration(call.retText ?? '')
    if (object !== null) this.#learn(table, { fd: call.ret!, object }, 0)
    // Whose end it is is not followed: nobody can be called the last holder of any of them.
    for (const end of this.#byName.values()) if (object === null || end.name === object) end.handedOn = true
  }
}

function noRelease(table: FdTable): Release {
  const [life] = table.users
  return { how: 'closed', life, ns: null, seq: -1, refs: [] }
}
