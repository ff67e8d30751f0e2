/** Threads in uninterruptible sleep (state D), of which no system call is known: the kernel's own report, or ps. */
import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { addTo } from '../../model/multimap.js'
import type { ProcSnapshot, ProcThread } from '../../model/proc.js'
import { type Ref, refKey } from '../../model/ref.js'
import { counted } from '../../model/words.js'
import { actorOf, observed, who } from '../lifecycle-links.js'
import { title } from '../shared.js'

/** Where a thread waits for somebody who may never answer. A disk that is only busy lets go of its waiters in a moment. */
const REMOTE: readonly [RegExp, string][] = [
  [/^(?:rpc_|xprt_|nfs|__nfs)/, 'an NFS server'],
  [/^(?:cifs_|smb2?_|smb_|wait_for_response$|compound_send_recv)/, 'an SMB server'],
  [/^(?:fuse_|__fuse|request_wait_answer)/, 'the program behind a FUSE mount'],
  [/^(?:ceph_|rbd_|nbd_)/, 'a storage server'],
]

const SIGKILL_BIT = 1n << 8n

export function* uninterruptible(analysis: Analysis): Generator<Finding> {
  const told = new Set<number>(analysis.blockedCalls.filter(c => c.open && !c.usual).map(c => c.pid))
  const byPid = new Map<string, LifecycleEvent[]>()
  for (const event of analysis.lifecycle)
    if (event.kind === 'hung-task' && event.pid !== null) addTo(byPid, `${event.pid} ${event.comm}`, event)
  for (const events of byPid.values()) {
    told.add(events[0].pid!)
    yield reported(events, analysis)
  }
  for (const snapshot of analysis.capture.procs) {
    if (snapshot.pid === null || told.has(snapshot.pid)) continue
    // signal/pending tells more of a process that even SIGKILL is waiting for.
    if ((snapshot.shdPnd ?? 0n) & SIGKILL_BIT) continue
    const thread = snapshot.threads.find(t => t.state === 'D' && awaited(t.wchan ?? t.stack[0] ?? null) !== null)
    if (!thread?.at) continue
    told.add(snapshot.pid)
    yield seen(snapshot, thread)
  }
}

/** Of ps all of it stands on one line. */
function distinct(refs: readonly (Ref | undefined)[]): Ref[] {
  return [...new Map(refs.filter(ref => ref !== undefined).map(ref => [refKey(ref), ref])).values()]
}

function awaited(place: string | null): string | null {
  return place === null ? null : (REMOTE.find(([pattern]) => pattern.test(place))?.[1] ?? null)
}

/** khungtaskd speaks again every two minutes, of a task that still hangs: the last report is the longest. */
function reported(events: readonly LifecycleEvent[], analysis: Analysis): Finding {
  const last = events.reduce((a, b) => (Number(b.detail.seconds) >= Number(a.detail.seconds) ? b : a))
  const { pid, comm, detail } = last
  const frames = detail.frames?.split(' ') ?? []
  const whom = frames.map(awaited).find(name => name !== null) ?? null
  const name = who(pid, comm, null)
  const unit = analysis.unitByPid?.get(pid!)
  const looks = analysis.capture.procs
    .filter(p => p.pid === pid)
    .flatMap(p => p.threads.filter(t => t.state === 'D' && t.at !== undefined))
  const chain: Link[] = [
    observed(last, `The kernel wrote: “${last.text}” A task that it says so of is in state D.`, {
      to: actorOf(pid, comm, null),
      label: 'hangs',
    }),
  ]
  for (const { wchan, at } of looks.slice(0, 1))
    chain.push({
      text: `A look at it shows the same: state D${wchan ? `, in ${wchan}` : ''}.`,
      status: 'observed',
      refs: distinct([at!.status, at!.wchan]),
    })
  if (whom !== null)
    chain.push({
      text: `It waits for ${whom}: its kernel stack goes through ${frames.find(f => awaited(f) !== null)}.`,
      status: 'observed',
      refs: last.refs,
    })
  return {
    rule: 'syscall/stuck',
    severity: analysis.victim === null || analysis.victim.pid === pid ? 'error' : 'warning',
    title: title(
      `${name} hangs in the kernel for more than ${detail.seconds} s${whom ? `: it waits for ${whom}` : ''}`,
      `${name} hangs in the kernel for more than ${detail.seconds} s`,
    ),
    summary: `The kernel reports that ${name} has been in uninterruptible sleep for more than ${detail.seconds} s${frames.length > 0 ? `, in ${frames[0]}` : ''}. ${whom ? `It waits for ${whom}. ` : ''}No signal reaches it there, not even SIGKILL, before that wait is over: of those that SIGKILL can end (TASK_KILLABLE) the kernel does not speak.${events.length > 1 ? ` The kernel said so ${counted(events.length, 'time')}.` : ''}`,
    subject: { pid: pid!, ...(comm !== null && { comm }), ...(unit !== undefined && { unit }) },
    chain,
    remedies: remedies(pid!, whom),
    ns: last.ns,
  }
}

function seen({ pid, comm }: ProcSnapshot, { tid, wchan, stack, at }: ProcThread): Finding {
  const place = (wchan ?? stack[0])!
  const whom = awaited(place)!
  const name = who(pid, comm, null)
  return {
    rule: 'syscall/stuck',
    severity: 'warning',
    title: title(
      `${name} is in state D: it waits for ${whom} (${place})`,
      `${name} is in state D: it waits for ${whom}`,
    ),
    summary: `${name} was in uninterruptible sleep in ${place} when it was looked at: it waits for ${whom}. One look does not tell for how long. ${/killable/.test(place) ? 'Of all signals only SIGKILL reaches it there.' : 'No signal reaches it there before that wait is over; SIGKILL does where the kernel waits killably.'}`,
    subject: { pid: pid!, tid, ...(comm !== null && { comm }) },
    chain: [
      {
        text: `Thread ${tid} of ${name} is in state D, in ${place}.`,
        status: 'observed',
        refs: distinct([at!.status, at!.wchan, at!.stack]),
        to: actorOf(pid, comm, null),
        label: 'state D',
      },
    ],
    remedies: remedies(pid!, whom),
    ns: null,
  }
}

function remedies(pid: number, whom: string | null): Finding['remedies'] {
  return [
    {
      title: whom ? `Look at ${whom.replace(/^an? /, 'the ')}` : 'Look at the disk, the mount or the driver',
      detail:
        'Its kernel stack and its descriptors tell which mount it is; the kernel log around that time has the errors of the server or the disk. A mount that should give up rather than hang has an option for that (nfs(5): soft, timeo, softerr).',
      code: `cat /proc/${pid}/stack; ls -l /proc/${pid}/fd; findmnt\ndmesg -T | tail -50`,
      breaks: 0,
    },
    {
      title: 'See whether it is still there',
      detail: 'A process that is in state D at each look hangs; one that comes and goes is only slow.',
      code: `for i in 1 2 3; do ps -o pid,stat,wchan:32,args -p ${pid}; sleep 5; done`,
    },
  ]
}
