/** One line of each file of /proc/PID, read into the draft of its snapshot (proc(5)). */
import type { Ref } from '../../src/model/ref.js'
import { utf8 } from '../../src/model/text.js'
import type { Draft, ThreadDraft } from './collect.js'

const MASKS = { SigPnd: 'sigPnd', SigBlk: 'sigBlk', SigIgn: 'sigIgn', SigCgt: 'sigCgt' } as const

/**
 * A `Key:<tab>value` of status. The signal sets of the line are those of the thread, except ShdPnd.
 *
 *   SigCgt:	fffffffd7fc1feff
 *          	^
 */
export function readStatus(draft: Draft, thread: ThreadDraft, key: string, value: string, ref: Ref): void {
  switch (key) {
    case 'Name':
      thread.comm = utf8(value)
      break
    case 'State':
      thread.state = value.slice(0, 1)
      thread.at.status = ref
      break
    case 'PPid':
      draft.ppid = numeral(value) ?? draft.ppid
      break
    case 'TracerPid':
      draft.tracerPid = numeral(value) ?? draft.tracerPid
      break
    case 'NSpid':
      if (thread.tid === draft.pid || thread.tid < 0) draft.nsPids = value.split(/\s+/).map(Number)
      break
    case 'ShdPnd':
      draft.shdPnd = mask(value)
      break
    default:
      if (key in MASKS) {
        thread[MASKS[key as keyof typeof MASKS]] = mask(value)
        thread.at.status ??= ref
      }
  }
}

function mask(hex: string): bigint | null {
  return /^[0-9a-f]{1,32}$/i.test(hex) ? BigInt(`0x${hex}`) : null
}

function numeral(text: string): number | null {
  return /^\d{1,10}$/.test(text) ? Number(text) : null
}

/**
 * `pid (comm) state ppid …`: the comm ends at the last parenthesis, for it can hold any.
 *
 *   1486 (chatty) S 1 1486 …
 *                 ^
 */
export function readStat(line: string): { tid: number; comm: string; state: string; ppid: number } | null {
  const open = line.indexOf(' (')
  const close = line.lastIndexOf(') ')
  if (open < 1 || close < open) return null
  const rest = line.slice(close + 2, close + 40).split(' ')
  const tid = numeral(line.slice(0, open))
  const ppid = numeral(rest[1] ?? '')
  return tid === null || ppid === null ? null : { tid, comm: utf8(line.slice(open + 2, close)), state: rest[0], ppid }
}

/** Function of a kernel stack line: `[<0>] anon_pipe_read+0x393/0x440`; null for a line without one. */
export function stackFunction(line: string): string | null {
  return /^\[<[0-9a-fx]*>\] ([\w.$]+)/.exec(line)?.[1] ?? null
}

/** `nr a1 … a6 sp pc`, `-1 sp pc` (blocked, but not in a system call), `running`. The name waits for the machine. */
export function readSyscall(line: string): { nr: number; name: null; args: bigint[] } | null {
  const words = line.trim().split(' ')
  if (words.length !== 9) return null
  return { nr: Number(words[0]), name: null, args: words.slice(1, 7).map(w => BigInt(w)) }
}

/**
 * A line of `ls -l /proc/PID/fd`. The permissions of the link say how the fd was opened; without them fdinfo may.
 *
 *   l-wx------ 1 root root 64 Nov 24 00:14 7 -> pipe:[407951]          7 -> pipe:[407951]
 *    ^^                                    ^
 */
export function readFd(line: string): { fd: number; target: string; flags: string | null } | null {
  const arrow = line.indexOf(' -> ')
  const fd = numeral(line.slice(line.lastIndexOf(' ', arrow - 1) + 1, arrow))
  if (arrow < 0 || fd === null) return null
  const flags = line[0] === 'l' ? `${line[1] === 'r' ? 'r' : ''}${line[2] === 'w' ? 'w' : ''}` : null
  return { fd, target: utf8(line.slice(arrow + 4)), flags }
}

/** Access that the `flags` of fdinfo name (octal, as given to open(2)): O_RDONLY 0, O_WRONLY 1, O_RDWR 2. */
export function accessOf(octal: string): string | null {
  const mode = /^0[0-7]{0,20}$/.test(octal) ? Number(octal.at(-1)) & 3 : 3
  return ['r', 'w', 'rw'][mode] ?? null
}

/** `Max open files            20000                20000                files` */
export function readLimit(line: string): { name: string; soft: string } | null {
  const m = /^(Max [a-z -]{1,40}?) {2,}(unlimited|\d+) /.exec(line)
  return m && { name: m[1], soft: m[2] }
}

/**
 * systemd unit of a control group path: the innermost part that names a unit which runs processes.
 *
 *   0::/system.slice/bigchat.service      12:pids:/user.slice/user-0.slice/session-3.scope
 */
export function unitOfCgroup(line: string): string | null {
  const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1)
  const units = path.split('/').filter(part => /\.(?:service|scope|socket|mount|swap)$/.test(part))
  return units.at(-1) ?? null
}
