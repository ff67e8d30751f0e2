import type { JournalEntry } from '../../../src/model/journal.js'
import { signalName } from '../../../src/model/signal-names.js'
import { syscallName } from '../syscall-names.js'
import { unitOfCgroup } from './units.js'
import type { Words } from './words.js'

/** Traps by the kernel's words for them (arch/x86/kernel/traps.c) and the signal that each becomes. */
const TRAP_SIGNALS: readonly [RegExp, string][] = [
  [/invalid opcode/, 'SIGILL'],
  [/int3|debug/, 'SIGTRAP'],
  [/divide error|simd|coprocessor|fpu/i, 'SIGFPE'],
  [/stack segment|segment not present|alignment check/, 'SIGBUS'],
  [/general protection|bounds|double fault|invalid TSS|overflow/, 'SIGSEGV'],
]

/** Of the stack of a task that hangs. */
const MOST_FRAMES = 8

/**
 * The kernel's lines about processes: faults that nobody handles, the OOM killer, tasks that hang, seccomp. Pids are those of the initial
 * pid namespace. Texts: arch/x86/mm/fault.c show_signal_msg, arch/x86/kernel/traps.c, arch/arm64/kernel/traps.c, mm/oom_kill.c,
 * kernel/auditsc.c; Linux 3.10 to 6.18.
 */
export class KernelReader {
  /** What `oom-kill:` said, for the `Killed process` that follows it. */
  #oom: Record<string, string> | null = null
  #invoked: string | null = null
  /** What is known of the task that khungtaskd speaks of, while its stack is printed. */
  #hung: Record<string, string> | null = null
  /** The control group of which all processes are being killed. */
  #group: string | null = null

  read(entry: JournalEntry): Words | null {
    if (entry.message === null || entry.message.length > 4096) return null
    // Old rsyslog leaves the kernel's own stamp in the text.
    const text = entry.message.replace(/^\[ *\d+\.\d+\] ?/, '')
    return this.#oomWords(text) ?? this.#hungTask(text) ?? fault(text) ?? audit(text)
  }

  /**
   * khungtaskd (kernel/hung_task.c) reports a task in state D, and then its stack.
   *
   *   > | INFO: task api:700 blocked for more than 120 seconds.
   *   > |  rpc_wait_bit_killable+0xd/0x60 [sunrpc]
   *        ^
   */
  #hungTask(text: string): Words | null {
    const m = /^INFO: task (.{1,64}):(\d{1,10}) blocked(?: on [\w -]{1,40},?)? for more than (\d{1,8}) seconds\.$/.exec(
      text,
    )
    if (m) {
      const detail: Record<string, string> = { seconds: m[3] }
      this.#hung = detail
      return { kind: 'hung-task', pid: Number(m[2]), comm: m[1], detail }
    }
    if (this.#hung === null) return null
    const frame = /^ *(?:\[<[0-9a-f]*>\] )?(\?? ?)([\w.]{2,80})\+0x[0-9a-f]+\/0x[0-9a-f]+/.exec(text)
    // The scheduler's own functions stand on top of every stack of a task that sleeps; `?` marks what may be a leftover.
    if (frame && frame[1] === '' && !/^(?:__|io_|preempt_)?schedule/.test(frame[2])) {
      const frames = this.#hung.frames?.split(' ') ?? []
      if (frames.length < MOST_FRAMES) this.#hung.frames = [...frames, frame[2]].join(' ')
    } else if (/^ *<\/TASK>|^INFO: /.test(text)) this.#hung = null
    return null
  }

  /**
   * The OOM killer speaks in a block: who asked for memory, the tasks, the choice, the kill.
   *
   *   > | oom-kill:constraint=CONSTRAINT_MEMCG,…,task_memcg=/system.slice/a.service,task=oom,pid=13450,uid=0
   *   > | Memory cgroup out of memory: Killed process 13450 (oom) total-vm:711388kB, anon-rss:57596kB, …
   *                                                   ^
   */
  #oomWords(text: string): Words | null {
    const invoked = /^(\S.{0,63}) invoked oom-killer: (.*)$/.exec(text)
    if (invoked) {
      this.#invoked = invoked[1]
      this.#group = null
      return null
    }
    if (text.startsWith('oom-kill:')) {
      this.#oom = Object.fromEntries(
        text
          .slice('oom-kill:'.length)
          .split(',')
          .map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
      )
      return null
    }
    // Before 5.0: `Task in /a/b killed as a result of limit of /a`.
    const task = /^Task in (\S+) killed as a result of limit of (\S+)/.exec(text)
    if (task) {
      this.#oom = { task_memcg: task[1], oom_memcg: task[2], constraint: 'CONSTRAINT_MEMCG' }
      return null
    }
    // memory.oom.group: the rest of the group follows the one that was chosen (mm/oom_kill.c, mem_cgroup_print_oom_group()).
    const group = /^Tasks in (\S+) are going to be killed due to memory\.oom\.group set$/.exec(text)
    if (group) {
      this.#group = group[1]
      return null
    }
    const kill =
      /^(?:(Memory cgroup out of memory|Out of memory[^:]*): )?Kill(?:ed)? process (\d+)(?:, UID \d+)?,? \((.+?)\)(?: score \d+ or sacrifice child|,? (total-vm:.*))?/.exec(
        text,
      )
    if (!kill) return null
    const said: Record<string, string> =
      this.#oom?.pid === undefined || this.#oom.pid === kill[2] ? { ...this.#oom } : {}
    // Old kernels announce the kill and then report it; the report is the event.
    if (kill[4] === undefined && /score \d+ or sacrifice child/.test(text)) {
      if (kill[1]?.startsWith('Memory')) this.#oom = { ...said, constraint: 'CONSTRAINT_MEMCG' }
      return null
    }
    if (this.#group !== null) said.task_memcg ??= this.#group
    const detail: Record<string, string> = { by: 'kernel' }
    const memcg = said.constraint === 'CONSTRAINT_MEMCG' || kill[1]?.startsWith('Memory') === true
    detail.scope = memcg ? 'memcg' : 'host'
    if (said.oom_memcg !== undefined) detail.limitOf = said.oom_memcg
    if (said.task_memcg !== undefined) detail.cgroup = said.task_memcg
    const rss = /anon-rss:(\d+kB)/.exec(text)
    if (rss) detail.anonRss = rss[1]
    if (this.#invoked !== null) detail.invokedBy = this.#invoked
    this.#oom = null
    this.#invoked = null
    return {
      kind: 'oom-kill',
      pid: Number(kill[2]),
      comm: kill[3],
      signal: 'SIGKILL',
      unit: said.task_memcg === undefined ? null : unitOfCgroup(said.task_memcg),
      detail,
    }
  }
}

/**
 * Faults. The line comes only where the signal is not handled and the task not traced (unhandled_signal() in kernel/signal.c).
 *
 *   > | segv[30384]: segfault at dead0000 ip 00005634bd991179 sp 00007ffda3116948 error 6 in segv[1179,5634bd991000+1000]
 *   > | traps: traps[13431] trap invalid opcode ip:560e10bf01e2 sp:7fff91e9a3d0 error:0 in traps[11e2,560e10bf0000+1000]
 */
function fault(text: string): Words | null {
  const segv =
    /^(.{1,64}?)\[(\d+)\]: segfault at ([0-9a-f]+) ip +([0-9a-fx]+|\(null\)) sp +([0-9a-fx]+|\(null\)) error ([0-9a-f]+)(?: in (\S+?)\[)?/.exec(
      text,
    )
  if (segv) {
    const detail: Record<string, string> = {
      address: `0x${segv[3].replace(/^0+(?=.)/, '')}`,
      ip: segv[4],
      error: segv[6],
    }
    if (segv[7] !== undefined) detail.in = segv[7]
    detail.access = accessOf(Number.parseInt(segv[6], 16))
    return { kind: 'segfault', pid: Number(segv[2]), comm: segv[1], signal: 'SIGSEGV', detail }
  }
  const trap =
    /^(?:traps: )?(.{1,64}?)\[(\d+)\]:? (?:trap )?([a-z0-9][a-z0-9 -]{2,40}?) ip:([0-9a-f]+) sp:[0-9a-f]+ error:([0-9a-f]+)/.exec(
      text,
    )
  if (trap) {
    const signal = TRAP_SIGNALS.find(([words]) => words.test(trap[3]))?.[1] ?? null
    return { kind: 'trap', pid: Number(trap[2]), comm: trap[1], signal, detail: { trap: trap[3], ip: trap[4] } }
  }
  const arm = /^(.{1,64}?)\[(\d+)\]: unhandled exception: (.+?)(?:, ESR 0x[0-9a-f]+)?, (.+?)(?: in |$)/.exec(text)
  if (arm) {
    const words = `${arm[3]} ${arm[4]}`
    const signal = /undefined instruction/i.test(words)
      ? 'SIGILL'
      : /alignment|external abort/i.test(words)
        ? 'SIGBUS'
        : /BRK/.test(words)
          ? 'SIGTRAP'
          : 'SIGSEGV'
    return { kind: 'segfault', pid: Number(arm[2]), comm: arm[1], signal, detail: { fault: arm[3], what: arm[4] } }
  }
  return null
}

/** Bits of an x86 page-fault error code (arch/x86/include/asm/trap_pf.h). */
function accessOf(bits: number): string {
  const what = bits & 16 ? 'execute' : bits & 2 ? 'write' : 'read'
  return `${what} of ${bits & 1 ? 'a page that does not allow it' : 'an unmapped page'}`
}

/**
 * Audit records that end up in the kernel log where no auditd runs.
 *
 *   > | audit: type=1326 audit(1795479548.469:21): auid=… pid=12534 comm="segv" exe="/a" sig=31 arch=c000003e syscall=59 …
 */
function audit(text: string): Words | null {
  const m = /^(?:audit: )?type=(?:1326|SECCOMP)\b(.*)$/.exec(text)
  if (!m) return null
  const field = (name: string) =>
    new RegExp(`(?:^| )${name}=("[^"]*"|\\S+)`).exec(m[1])?.[1].replaceAll('"', '') ?? null
  const pid = field('pid')
  const signal = Number(field('sig') ?? 0)
  const detail: Record<string, string> = {}
  for (const name of ['exe', 'syscall', 'arch', 'code']) {
    const value = field(name)
    if (value !== null) detail[name] = value
  }
  // AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h); of others the number is all that is told.
  const machine = detail.arch === 'c000003e' ? 'x86-64' : detail.arch === 'c00000b7' ? 'arm64' : null
  const call = machine && detail.syscall !== undefined ? syscallName(Number(detail.syscall), machine) : null
  if (call !== null) detail.call = call
  return {
    kind: 'seccomp',
    pid: pid === null ? null : Number(pid),
    comm: field('comm'),
    signal: signal > 0 ? signalName(signal) : null,
    detail,
  }
}
