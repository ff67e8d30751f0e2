/** Process groups, for signals that are sent to a group at once (kill(2), setpgid(2), setsid(2)). */
import type { TraceCall } from '../../model/trace.js'
import { numberOf, splitArgs } from './call-args.js'
import type { Life, ThreadLife } from './life.js'
import type { ProcessTree } from './process-tree.js'

/** A group. Its number is null for one that was there before the trace and that nobody has named. */
class Group {
  readonly members = new Set<Life>()
  constructor(public id: number | null) {}
}

export class ProcessGroups {
  static readonly CALLS = new Set(['setsid', 'setpgid', 'getpgrp', 'getpgid'])
  readonly #of = new Map<Life, Group>()
  readonly #byId = new Map<number, Group>()

  constructor(readonly tree: ProcessTree) {}

  /** The group that a process is in; the first time it is asked for, that of its parent. */
  #group(life: Life): Group {
    let group = this.#of.get(life)
    if (!group) {
      group = life.parent && life.born ? this.#group(life.parent) : new Group(null)
      this.#join(life, group)
    }
    return group
  }

  #join(life: Life, group: Group): void {
    this.#of.get(life)?.members.delete(life)
    this.#of.set(life, group)
    group.members.add(life)
  }

  #named(id: number): Group {
    let group = this.#byId.get(id)
    if (!group) this.#byId.set(id, (group = new Group(id)))
    return group
  }

  /** A birth: the child is in its parent's group from the start. */
  born(life: Life): void {
    this.#group(life)
  }

  /** Learns from setpgid, setsid, getpgrp and getpgid. */
  call(call: TraceCall, thread: ThreadLife, seq: number): void {
    if (call.error !== null || call.ret === null || call.state !== 'returned') return
    const { life } = thread
    const own = (number: number) => this.tree.spaces.find(life, { local: number, outer: null, comm: null }, seq)
    switch (call.name) {
      case 'setsid':
        this.#join(life, this.#named(life.process.pid))
        break
      case 'setpgid': {
        const [pid, pgid] = splitArgs(call.args, 2).map(numberOf)
        if (pid === null || pgid === null || pid === undefined || pgid === undefined) return
        const who = pid === 0 ? life : own(pid)?.life
        if (!who) return
        const leader = pgid === 0 ? who : own(pgid)?.life
        if (leader) this.#join(who, this.#named(leader.process.pid))
        else if (life.space.own) this.#join(who, this.#named(pgid))
        break
      }
      case 'getpgrp':
        this.#says(life, call.ret)
        break
      case 'getpgid': {
        const pid = numberOf(splitArgs(call.args, 1)[0])
        const who = pid === 0 || pid === null ? life : own(pid)?.life
        if (who) this.#says(who, call.ret)
        break
      }
    }
  }

  /** Somebody was told the number of a group that had none yet. */
  #says(life: Life, id: number): void {
    const group = this.#group(life)
    if (group.id !== null || id <= 0 || !life.space.own || this.#byId.has(id)) return
    group.id = id
    this.#byId.set(id, group)
  }

  /** Living members of the caller's own group: kill(0, …). */
  ownGroup(life: Life, seq: number): Life[] {
    return alive(this.#group(life).members, seq)
  }

  /** Living members of a named group: kill(-id, …). A group that a process leads is known by the leader's number. */
  members(by: Life, id: number, seq: number): Life[] {
    const leader = this.tree.spaces.find(by, { local: id, outer: null, comm: null }, seq)
    const group = this.#byId.get(leader?.life.process.pid ?? id)
    return group ? alive(group.members, seq) : []
  }
}

/** Those that have not ended; the ended are forgotten on the way. */
function alive(members: Set<Life>, seq: number): Life[] {
  for (const life of members) if (life.endSeq <= seq) members.delete(life)
  return [...members].sort((a, b) => a.process.pid - b.process.pid)
}
