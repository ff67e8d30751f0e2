/**
 * Which calls of a log are kept as events. Whatever its name, a call is kept when it
 *
 * - failed with EPIPE, ECONNRESET, EFBIG or EINTR, or is to be restarted (`= ? ERESTART…`): a signal is near;
 * - lasted `LONG_NS` or longer, never returned, or its thread ended or was let go inside it;
 * - is the first line of its thread after a signal or a stop (it tells what became of the signal).
 *
 * By name:
 *
 * - always: everything of `CORRELATED_CALLS` that is not named below, and `sendmsg`/`recvmsg` that carry SCM_RIGHTS;
 * - `close`, `fcntl` (F_DUPFD*, F_SETFD, F_SETFL, F_SETOWN, F_SETSIG): on fd 0 to 2, on pipes, sockets, pidfds, signalfds
 *   and other objects without a path, and on every fd where the log does not say what it is (no `-y`);
 * - `write` and its kin: to fd 1 and 2 (thinned where they are very many, see `kept.ts`); to another pipe, socket or
 *   unnamed fd the first of each thread that was there before the log; to a file where it begins a goroutine dump;
 * - `read` and its kin: likewise; the first end-of-file of each thread on each, and all that take a siginfo from a signalfd;
 * - `rt_sigprocmask`: where it sets something;
 * - `rt_sigaction`: where it sets something, or finds something other than the default; that it found the default is kept
 *   of the signals that processes send each other (PIPE, TERM, INT, HUP, QUIT, ABRT, USR1, USR2, ALRM);
 * - `prctl`: PR_SET_NAME, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_SECCOMP;
 * - `getpid`, `getppid` and their like: the first of each thread; `gettid`, `set_tid_address`: where they tell another
 *   number than the line does;
 * - `wait4`, `waitid`: where they found a child, failed, or waited long;
 * - `open` and its kin, and `close` and `fcntl`, of a FIFO: what is one shows when a write to it fails with EPIPE, so that the log
 *   is gone through once more with its name (`read-log.ts`).
 */
import { CORRELATED_CALLS } from '../../src/model/trace.js'
import { syscallName } from '../shared/syscall-names.js'

export const KEEP = {
  never: 0,
  always: 1,
  write: 2,
  read: 3,
  close: 4,
  fcntl: 5,
  sigaction: 6,
  sigmask: 7,
  prctl: 8,
  wait: 9,
  once: 10,
  message: 11,
  birth: 12,
  self: 13,
  open: 14,
} as const

/** A call that lasts this long is kept whatever it is. */
export const LONG_NS = 100e6

const BY_NAME: Record<string, number> = {
  close: KEEP.close,
  fcntl: KEEP.fcntl,
  fcntl64: KEEP.fcntl,
  rt_sigaction: KEEP.sigaction,
  sigaction: KEEP.sigaction,
  rt_sigprocmask: KEEP.sigmask,
  sigprocmask: KEEP.sigmask,
  prctl: KEEP.prctl,
  wait4: KEEP.wait,
  waitpid: KEEP.wait,
  waitid: KEEP.wait,
  sendmsg: KEEP.message,
  recvmsg: KEEP.message,
  clone: KEEP.birth,
  clone2: KEEP.birth,
  clone3: KEEP.birth,
  fork: KEEP.birth,
  vfork: KEEP.birth,
  // Only their results matter, and those do not change.
  getpid: KEEP.once,
  gettid: KEEP.self,
  set_tid_address: KEEP.self,
  getppid: KEEP.once,
  getpgrp: KEEP.once,
  getpgid: KEEP.once,
}
for (const name of [
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'sendto',
  'send',
  'sendmmsg',
  'sendfile',
  'sendfile64',
  'vmsplice',
  'tee',
  'splice',
])
  BY_NAME[name] = KEEP.write
for (const name of ['open', 'openat', 'openat2', 'creat']) BY_NAME[name] = KEEP.open
for (const name of ['read', 'readv', 'pread64', 'preadv', 'preadv2', 'recvfrom', 'recv', 'recvmmsg'])
  BY_NAME[name] = KEEP.read
const ALSO_ALWAYS = [
  'socket',
  'bind',
  'listen',
  '_exit',
  'setrlimit',
  'prlimit64',
  'unshare',
  'setns',
  'seccomp',
  'socketcall',
]

/** Hash of a name, a byte at a time: `hash = step(hash, byte)` from 0. */
export function step(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

export function hashName(name: string): number {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = step(hash, name.charCodeAt(i))
  return hash
}

const SLOTS = 1024
/** By slot, open addressing: the hash of a name, and how calls of the name are kept (0: the slot is free). */
export const keepHashes = new Int32Array(SLOTS)
export const keepRules = new Uint8Array(SLOTS)

function put(name: string, keep: number): void {
  const hash = hashName(name)
  let slot = hash & (SLOTS - 1)
  while (keepRules[slot] !== 0 && keepHashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
  keepHashes[slot] = hash
  keepRules[slot] = keep
}
for (const name of [...CORRELATED_CALLS, ...ALSO_ALWAYS]) put(name, BY_NAME[name] ?? KEEP.always)
for (const [name, keep] of Object.entries(BY_NAME)) put(name, keep)

// Calls since Linux 5.1 have one number on every machine. A strace that is older prints the number: `syscall_0x1b3` (clone3).
const FIRST_COMMON = 424
const LAST_COMMON = 511
export const NUMBERED = new Map<string, string>()
for (let number = FIRST_COMMON; number <= LAST_COMMON; number++) {
  const name = syscallName(number, 'x86-64')
  if (name === null) continue
  NUMBERED.set(`syscall_0x${number.toString(16)}`, name)
  const rule = keepOf(hashName(name))
  if (rule !== KEEP.never) put(`syscall_0x${number.toString(16)}`, rule)
}

/** How calls of the name with this hash are kept; one of `KEEP`. Whole 32-bit hashes are compared; a test holds that no known names collide. */
export function keepOf(hash: number): number {
  for (let slot = hash & (SLOTS - 1); keepRules[slot] !== 0; slot = (slot + 1) & (SLOTS - 1))
    if (keepHashes[slot] === hash) return keepRules[slot]
  return KEEP.never
}
