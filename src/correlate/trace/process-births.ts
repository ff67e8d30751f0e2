/** Births of processes and threads, as the calls that make them tell. */
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import type { TraceCall } from '../../model/trace.js'
import { makesThread } from './kinds.js'
import { PidSpace, type ThreadLife } from './life.js'
import type { ThreadTable } from './thread-table.js'

/** clone, fork and vfork that have returned: makes their child, or makes of a thread that was met already what it is. */
export function bear(table: ThreadTable, call: TraceCall, parent: ThreadLife, ref: Ref, ns: Ns | null): void {
  if (!call.ret) return
  const isThread = makesThread(call)
  if (call.args.includes('CLONE_NEWPID')) parent.life.childSpace = new PidSpace(false)
  const outer = outerOf(call.retText)
  if (!parent.life.space.own && outer === null) {
    if (isThread === null) return
    table.spaces.expect({ parent, local: call.ret, isThread, line: ref, seq: table.seq }, child =>
      table.adopt(child, parent, isThread, ns),
    )
    return
  }
  const tid = outer ?? call.ret
  let child = table.current.get(tid) ?? null
  // A thread that was there before this call is another life of the same number, whose end the log does not show.
  if (child && !isAfter(child, ref, call, ns)) {
    table.endThread(child, ns)
    child = null
  }
  if (!child) {
    if (isThread) child = table.add(parent.life, tid, ref, ns)
    else child = table.add(table.newLife(tid, ns), tid, ref, ns)
  }
  if (isThread === null) return
  table.adopt(child, parent, isThread, ns)
  if (outer !== null) table.spaces.name(child, call.ret)
}

/** The parent's tid in strace's namespace, printed after a value of another: `= 3 /* 31243 in strace's PID NS *\/`. */
export function outerOf(retText: string | null): number | null {
  if (retText === null) return null
  const m = /\/\* (\d+) in strace's PID NS \*\//.exec(retText)
  return m ? Number(m[1]) : null
}

/**
 * The child's first line stands after the call that made it. strace -z writes a call when it has returned, where a vfork's
 * child has long since written lines; their times are later than the call's all the same.
 */
function isAfter({ firstLine, firstNs }: ThreadLife, ref: Ref, call: TraceCall, ns: Ns | null): boolean {
  if (firstLine.source !== ref.source || (firstLine.line ?? 0) >= call.line) return true
  return firstNs !== null && ns !== null && firstNs > ns
}
