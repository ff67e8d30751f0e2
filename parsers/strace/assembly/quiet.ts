/**
 * The short way for lines that come to nothing, which most lines of a large log are: calls that are kept by no rule
 * (`keep.ts`), returned in good time and did not fail in a telling way, and halves of such. What `calls.ts` would do with
 * them is done here in one go; a line that is anything else is handed back, untouched. Compiled to WebAssembly
 * (scripts/assemble.mjs): `quiet.ts` beside this folder has the other half.
 *
 *   > | 11516 1795479531.740213 futex(0x7f4e18c3a9d0, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
 *   > | 11516 1795479531.740871 <... futex resumed>) = 0 <0.000640>
 */

const LF: i32 = 10
const SPACE: i32 = 32
const QUOTE: i32 = 34
const OPEN_PAREN: i32 = 40
const CLOSE_PAREN: i32 = 41
const COMMA: i32 = 44
const MINUS: i32 = 45
const DOT: i32 = 46
const SLASH: i32 = 47
const ZERO: i32 = 48
const LESS: i32 = 60
const EQUALS: i32 = 61
const GREATER: i32 = 62
const QUESTION: i32 = 63
const UPPER_A: i32 = 65
const UPPER_B: i32 = 66
const UPPER_D: i32 = 68
const UPPER_E: i32 = 69
const UPPER_F: i32 = 70
const UPPER_G: i32 = 71
const UPPER_I: i32 = 73
const UPPER_N: i32 = 78
const UPPER_V: i32 = 86
const BACKSLASH: i32 = 92
const UNDERSCORE: i32 = 95
const LOWER_A: i32 = 97
const LOWER_D: i32 = 100
const LOWER_G: i32 = 103
const LOWER_S: i32 = 115
const LOWER_U: i32 = 117
const LOWER_Z: i32 = 122

/** A line with its leader and `a() = 0` is no shorter. */
const MIN_BYTES: usize = 32
const PID_DIGITS: usize = 8
const STDERR: i32 = 2
/** ` <unfinished ...>` */
const UNFINISHED_BYTES: usize = 16
/** ` = -1 ENAME (text of the error)` */
const ERROR_BYTES: usize = 80
const PATH_BYTES: usize = 256
/** As in `arguments.ts`. */
const ARGUMENT_NAME_BYTES: usize = 32
const OBJECT_BYTES: usize = 96

/** Ways to keep a call, and from when on one lasts long, as in `keep.ts`; `quiet-module.ts` checks that they are the same. */
export const KEEP_WRITE: i32 = 2
export const KEEP_READ: i32 = 3
export const KEEP_CLOSE: i32 = 4
export const KEEP_FCNTL: i32 = 5
export const KEEP_SIGACTION: i32 = 6
export const KEEP_SELF: i32 = 13
export const KEEP_OPEN: i32 = 14
export const LONG_NS: f64 = 100e6

/** What the result of a call has to be for it to come to nothing. */
const ASKS_NOTHING: i32 = 0
/** Another number than 0, which is the end of a file. */
const ASKS_MORE: i32 = 1
/** The number that the line gives for the thread. */
const ASKS_OWN_NUMBER: i32 = 2
/** An error: it changed nothing. Who closes whatever may be open does that a thousand times. */
const ASKS_FAILURE: i32 = 3
/** Nothing, and it may have words behind it: `= 0x8000 (flags O_RDONLY|O_LARGEFILE)`. */
const ASKS_ANYTHING: i32 = 4

/** The text at hand is put here: whole lines, and whatever follows them. */
export const TEXT_BYTES: i32 = 1 << 20
export const text: usize = memory.data(TEXT_BYTES + 4096)

/** From `bytes.ts`: 1 for bytes that names of system calls are made of. */
export const nameBytes: usize = memory.data(256)
/** From `keep.ts`: hashes of names and how they are kept, open addressing. */
export const KEEP_SLOTS: i32 = 1024
export const keepHash: usize = memory.data(KEEP_SLOTS * 4, 8)
export const keepRule: usize = memory.data(KEEP_SLOTS)
/** From `often-sent.ts`: hashes of sigactions that are worth it whatever they find; the last is followed by 0. */
const OFTEN_SENT: i32 = 64
export const oftenSent: usize = memory.data(OFTEN_SENT * 4, 8)

/** The clock's earliest and latest time, the last one, times set back and the line of the first; as in `clock.ts`. */
const CLOCK_MIN: i32 = 3
const CLOCK_MAX: i32 = 4
const CLOCK_LAST: i32 = 5
const CLOCK_BACKWARDS: i32 = 6
const CLOCK_BACKWARDS_LINE: i32 = 7
export const CLOCK_FIELDS: i32 = 8
export const clock: usize = memory.data(CLOCK_FIELDS * 8, 8)
const BACK_NS: f64 = 1e9

/** Offsets of lines that are to be noted: every 64th. */
const NOTED: i32 = (TEXT_BYTES >> 6) + 1
export const notedAt: usize = memory.data(NOTED * 4, 8)
export const notedLine: usize = memory.data(NOTED * 4, 8)

/**
 * What is known here of each thread, in 64 bytes, its id first (places as in `quiet-module.ts`). The phase is one of `DOES`
 * there; while it is `other`, `threads.ts` knows all and this table nothing.
 */
const THREADS: i32 = 1 << 16
const THREAD_BYTES: i32 = 64
export const threads: usize = memory.data(THREADS * THREAD_BYTES, 64)
const AT_PHASE: i32 = 4
const AT_RULE: i32 = 8
const AT_USE: i32 = 12
/** Counts the lives of a thread id: what one life has used says nothing of the next. */
const AT_LIFE: i32 = 16
/** 1: its birth is in the log, so that what it has is known from its parent. */
const AT_BORN: i32 = 56
/** The last call that began here: hash of its name, line (0: none), size, leader, offset, time. */
const AT_HASH: i32 = 20
const AT_LINE: i32 = 24
const AT_SIZE: i32 = 28
const AT_LEAD: i32 = 32
const AT_OFFSET: i32 = 40
const AT_NS: i32 = 48
/** Slots of threads in the order in which they came. */
export const order: usize = memory.data(THREADS * 4, 8)
/** So many threads are taken in: the table stays sparse. */
export const MOST_THREADS: i32 = THREADS >> 1

const PHASE_IDLE: i32 = 0
const PHASE_WAITS: i32 = 1
const PHASE_OTHER: i32 = 2
const PHASE_USES: i32 = 3

/** Uses of descriptors that threads are known to have made: a cache of 12-byte entries, thread, life and use. */
const USES: i32 = 1 << 14
const uses: usize = memory.data(USES * 12, 8)

/** Numbers that both halves read and write, by their place: as in `quiet-module.ts`. */
export const desk: usize = memory.data(64, 8)
/** Number of the line at hand, and where it starts and ends. */
const DESK_LINE: i32 = 0
const DESK_START: i32 = 1
const DESK_END: i32 = 2
/** Calls that have begun in quiet lines, and the thread of the last one. */
const DESK_CALLS: i32 = 3
const DESK_LAST_TID: i32 = 4
/** Lines that were noted, threads that are known. */
const DESK_NOTED: i32 = 5
const DESK_THREADS: i32 = 6

let line: i32 = 0
let calls: i32 = 0
let lastTid: i32 = 0
let noted: i32 = 0
let threadCount: i32 = 0

/** The seconds of the line before as they stand there, and since the base of the clock: most lines have the same. */
let secondsText: i64 = 0
let secondsRest: i32 = 0
let seconds: f64 = 0
let base: f64 = 0

/** Of the call at hand: its use of a descriptor by hash, and what its result is asked. */
let use: i32 = 0
let asks: i32 = 0
/** Of the descriptor that was read last. */
let fd: i32 = 0
let isUnnamed: bool = false
let isKnown: bool = false
let after: usize = 0

function byte(at: usize): i32 {
  return <i32>load<u8>(at)
}

function isDigit(c: i32): bool {
  return <u32>(c - ZERO) <= 9
}

function step(hash: i32, c: i32): i32 {
  return hash * 31 + c
}

/** A log begins whose clock counts from `from` seconds. */
export function begin(from: f64): void {
  base = from
  secondsText = 0
  secondsRest = 0
  lastTid = 0
  forgetThreads()
}

export function forgetThreads(): void {
  for (let i = 0; i < threadCount; i++) {
    const t = threads + load<i32>(order + (i << 2)) * THREAD_BYTES
    memory.fill(t, 0, THREAD_BYTES)
  }
  memory.fill(uses, 0, USES * 12)
  threadCount = 0
  store<i32>(desk, 0, DESK_THREADS * 4)
}

/**
 * Takes lines of `text` from `start` on as long as they are quiet. Returns false where no whole line is left before `end`;
 * true for a line that is none of these. The desk says where it stands, or where the rest begins.
 *
 * @param offset of `text` in the input
 */
export function run(start: i32, end: i32, offset: f64): bool {
  line = load<i32>(desk, DESK_LINE * 4)
  calls = 0
  noted = load<i32>(desk, DESK_NOTED * 4)
  let at: usize = text + start
  const limit: usize = text + end
  let lf: usize = 0
  while (true) {
    lf = newline(at, limit)
    if (lf >= limit) break
    line++
    if ((line & 63) === 1) note(<i32>(at - text))
    if (!take(at, lf, offset + <f64>(at - text))) break
    at = lf + 1
  }
  store<i32>(desk, line, DESK_LINE * 4)
  store<i32>(desk, <i32>(at - text), DESK_START * 4)
  store<i32>(desk, <i32>(lf - text), DESK_END * 4)
  store<i32>(desk, calls, DESK_CALLS * 4)
  store<i32>(desk, lastTid, DESK_LAST_TID * 4)
  store<i32>(desk, noted, DESK_NOTED * 4)
  return lf < limit
}

function note(at: i32): void {
  store<i32>(notedAt + (noted << 2), at)
  store<i32>(notedLine + (noted << 2), line)
  noted++
}

/** Place of the next line feed, or one from `limit` on. */
function newline(at: usize, limit: usize): usize {
  const lf = i8x16.splat(<i8>LF)
  while (at < limit) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), lf))
    if (found !== 0) return at + ctz(found)
    at += 16
  }
  return at
}

function take(start: usize, end: usize, offset: f64): bool {
  if (end - start < MIN_BYTES) return false
  let i = start
  let c = byte(i)
  let tid: i32 = 0
  while (isDigit(c)) {
    tid = tid * 10 + c - ZERO
    c = byte(++i)
  }
  if (c !== SPACE || tid === 0 || i - start > PID_DIGITS) return false
  do c = byte(++i)
  while (c === SPACE)
  if (byte(i + 10) !== DOT || byte(i + 17) !== SPACE) return false
  if (load<i64>(i) !== secondsText || <i32>load<u16>(i + 8) !== secondsRest) if (!readSeconds(i)) return false
  let micros: i32 = 0
  for (let k = i + 11; k < i + 17; k++) {
    const digit = byte(k)
    if (!isDigit(digit)) return false
    micros = micros * 10 + digit - ZERO
  }
  const body = i + 18
  const ns = seconds * 1e9 + <f64>(micros * 1000)
  c = byte(body)
  if (c >= LOWER_A && c <= LOWER_Z) return call(start, body, end, offset, tid, ns)
  return c === LESS && resumed(body, end, tid, ns)
}

/** False where there are not ten digits. */
function readSeconds(at: usize): bool {
  let n: f64 = 0
  for (let k: usize = 0; k < 10; k++) {
    const digit = byte(at + k)
    if (!isDigit(digit)) {
      secondsText = 0
      return false
    }
    n = n * 10 + <f64>(digit - ZERO)
  }
  secondsText = load<i64>(at)
  secondsRest = <i32>load<u16>(at + 8)
  seconds = n - base
  return true
}

function call(start: usize, body: usize, end: usize, offset: f64, tid: i32, ns: f64): bool {
  // `syscall_0x…` may be a ghost.
  if (byte(body) === LOWER_S && byte(body + 7) === UNDERSCORE) return false
  let hash: i32 = 0
  let open = body
  for (let c = byte(open); c !== OPEN_PAREN; c = byte(++open)) {
    if (load<u8>(nameBytes + c) === 0 || open >= end) return false
    hash = step(hash, c)
  }
  const rule = keepOf(hash)
  const t = threadOf(tid)
  if (t === 0 || load<i32>(t, AT_PHASE) !== PHASE_IDLE) return false
  use = 0
  asks = ASKS_NOTHING
  if (rule !== 0 && !passes(rule, hash, t, open + 1, end)) return false
  const last = lastOfResult(end)
  const told = asks === ASKS_ANYTHING && last > open && byte(last) === CLOSE_PAREN && byte(last - 1) !== UPPER_D
  if (!told && !isQuietEnd(open, last)) {
    if (!isUnfinished(open, end) || asks === ASKS_FAILURE) return false
    if (asks === ASKS_NOTHING || asks === ASKS_ANYTHING) store<i32>(t, PHASE_WAITS, AT_PHASE)
    else {
      store<i32>(t, PHASE_USES, AT_PHASE)
      store<i32>(t, rule, AT_RULE)
      store<i32>(t, use, AT_USE)
    }
  } else if (!answers(asks, last, tid)) return false
  calls++
  lastTid = tid
  date(ns)
  store<i32>(t, hash, AT_HASH)
  store<i32>(t, line, AT_LINE)
  store<i32>(t, <i32>(end - start), AT_SIZE)
  store<i32>(t, <i32>(body - start), AT_LEAD)
  store<f64>(t, offset, AT_OFFSET)
  store<f64>(t, ns, AT_NS)
  return true
}

function resumed(body: usize, end: usize, tid: i32, ns: f64): bool {
  // `<... `
  if (load<u32>(body) !== 0x2e2e2e3c || byte(body + 4) !== SPACE) return false
  let hash: i32 = 0
  let i = body + 5
  for (let c = byte(i); c !== SPACE; c = byte(++i)) {
    if (load<u8>(nameBytes + c) === 0 || i >= end) return false
    hash = step(hash, c)
  }
  // `resumed`
  if (load<u32>(i + 1) !== 0x75736572 || load<u32>(i + 4) !== 0x64656d75) return false
  const t = threadOf(tid)
  if (t === 0) return false
  const phase = load<i32>(t, AT_PHASE)
  if ((phase !== PHASE_WAITS && phase !== PHASE_USES) || load<i32>(t, AT_HASH) !== hash) return false
  const last = lastOfResult(end)
  if (!(ns - load<f64>(t, AT_NS) < LONG_NS) || !isQuietEnd(i, last)) return false
  if (phase === PHASE_USES) {
    if (!answers(load<i32>(t, AT_RULE) === KEEP_SELF ? ASKS_OWN_NUMBER : ASKS_MORE, last, tid)) return false
  }
  lastTid = tid
  date(ns)
  store<i32>(t, PHASE_IDLE, AT_PHASE)
  return true
}

/** `LineClock.note` */
function date(ns: f64): void {
  const last = load<f64>(clock + CLOCK_LAST * 8)
  store<f64>(clock + CLOCK_LAST * 8, ns)
  if (ns >= last) {
    if (ns > load<f64>(clock + CLOCK_MAX * 8)) store<f64>(clock + CLOCK_MAX * 8, ns)
  } else dateBack(ns, last)
}

function dateBack(ns: f64, last: f64): void {
  if (Number.isNaN(last)) {
    store<f64>(clock + CLOCK_MIN * 8, ns)
    store<f64>(clock + CLOCK_MAX * 8, ns)
    return
  }
  if (ns < last - BACK_NS) {
    const before = load<f64>(clock + CLOCK_BACKWARDS * 8)
    store<f64>(clock + CLOCK_BACKWARDS * 8, before + 1)
    if (before === 0) store<f64>(clock + CLOCK_BACKWARDS_LINE * 8, <f64>line)
  }
  if (ns < load<f64>(clock + CLOCK_MIN * 8)) store<f64>(clock + CLOCK_MIN * 8, ns)
}

function keepOf(hash: i32): i32 {
  let slot = hash & (KEEP_SLOTS - 1)
  while (load<u8>(keepRule + slot) !== 0 && load<i32>(keepHash + (slot << 2)) !== hash)
    slot = (slot + 1) & (KEEP_SLOTS - 1)
  return <i32>load<u8>(keepRule + slot)
}

/** The place of what is known of a thread, made when new; 0 where there is no more room. */
function threadOf(tid: i32): usize {
  const slot = slotOf(tid)
  const t = threads + slot * THREAD_BYTES
  return load<i32>(t) === tid ? t : add(t, tid, slot)
}

/** The slot of a thread, or the one that it would take. */
function slotOf(tid: i32): i32 {
  let slot = ((tid * <i32>0x9e3779b1) >>> 12) & (THREADS - 1)
  while (true) {
    const other = load<i32>(threads + slot * THREAD_BYTES)
    if (other === tid || other === 0) break
    slot = (slot + 1) & (THREADS - 1)
  }
  return slot
}

function add(t: usize, tid: i32, slot: i32): usize {
  if (threadCount === MOST_THREADS) return 0
  store<i32>(order + (threadCount << 2), slot)
  threadCount++
  store<i32>(desk, threadCount, DESK_THREADS * 4)
  store<i32>(t, tid)
  return t
}

/** Place of what is known of a thread; 0 where nothing is. */
export function find(tid: i32): usize {
  const t = threads + slotOf(tid) * THREAD_BYTES
  return load<i32>(t) === tid ? t : 0
}

/** From here on a thread is known in `threads.ts` alone, and here again once it is idle. */
export function leave(tid: i32): void {
  const t = threadOf(tid)
  if (t !== 0) store<i32>(t, PHASE_OTHER, AT_PHASE)
}

/** A thread has returned from its call, and nothing is unusual; false where there is no room for it. */
export function idle(tid: i32): bool {
  const t = threadOf(tid)
  if (t === 0) return false
  store<i32>(t, PHASE_IDLE, AT_PHASE)
  store<i32>(t, 0, AT_LINE)
  return true
}

/** A thread has used a descriptor. */
export function see(tid: i32, hash: i32): void {
  const t = threadOf(tid)
  if (t === 0) return
  const entry = uses + useSlot(tid, hash) * 12
  store<i32>(entry, tid)
  store<i32>(entry, load<i32>(t, AT_LIFE), 4)
  store<i32>(entry, hash, 8)
}

/** What a thread has used counts no longer: its life or its program has ended. */
export function unsee(tid: i32): void {
  const t = threadOf(tid)
  if (t === 0) return
  store<i32>(t, load<i32>(t, AT_LIFE) + 1, AT_LIFE)
  store<i32>(t, 0, AT_BORN)
}

/** The birth of a thread is in the log. */
export function bear(tid: i32): void {
  const t = threadOf(tid)
  if (t !== 0) store<i32>(t, 1, AT_BORN)
}

function hasUsed(t: usize, hash: i32): bool {
  const tid = load<i32>(t)
  const entry = uses + useSlot(tid, hash) * 12
  return load<i32>(entry) === tid && load<i32>(entry, 4) === load<i32>(t, AT_LIFE) && load<i32>(entry, 8) === hash
}

function useSlot(tid: i32, hash: i32): i32 {
  return (((tid * <i32>0x9e3779b1) ^ hash) * <i32>0x85ebca6b) >>> 18
}

/**
 * Whether a call that may be kept by its name is not, by its arguments (`worth.ts`). Sets `use`, and what its result is
 * asked: that of a read or write of which only an end-of-file counts, because its thread has done the like before.
 */
function passes(rule: i32, hash: i32, t: usize, i: usize, end: usize): bool {
  switch (rule) {
    case KEEP_CLOSE:
      if (!isOnFile(i)) asks = ASKS_FAILURE
      return true
    case KEEP_FCNTL:
      if (onlyAsks(hash, i, end)) asks = ASKS_ANYTHING
      else if (!isOnFile(i)) asks = ASKS_FAILURE
      return true
    case KEEP_READ:
      return isOnFile(i) || isUsed(hash, t, -1, i, end)
    case KEEP_WRITE:
      return isOnFile(i) ? isNoDump(i, end) : isUsed(hash, t, STDERR, i, end)
    case KEEP_SIGACTION:
      return findsDefault(hash, i)
    case KEEP_SELF:
      asks = ASKS_OWN_NUMBER
      return true
    // Of a FIFO it counts; a log that is read for those goes no short way.
    case KEEP_OPEN:
      return true
    default:
      return false
  }
}

/** A pipe, a socket and their like, beyond descriptor `above`, of which the thread's first use is known or of no interest. */
function isUsed(hash: i32, t: usize, above: i32, i: usize, end: usize): bool {
  readDescriptor(i, end, hash)
  if (!isUnnamed || fd <= above || (load<i32>(t, AT_BORN) === 0 && !hasUsed(t, use))) return false
  asks = ASKS_MORE
  return true
}

/** `fcntl(5<socket:[4711]>, F_GETFL)` */
function onlyAsks(hash: i32, i: usize, end: usize): bool {
  readDescriptor(i, end, hash)
  use = 0
  if (!isKnown || byte(after) !== COMMA) return false
  return byte(after + 2) === UPPER_F && byte(after + 4) === UPPER_G && byte(after + 5) === UPPER_E
}

/** `Descriptor.read` of `arguments.ts`. */
function readDescriptor(i: usize, end: usize, seed: i32): void {
  let at = skipName(i, end)
  const first = at
  let n: f64 = 0
  let hex = false
  if (byte(at) === ZERO && byte(at + 1) === 120) {
    at += 2
    hex = true
  }
  for (; at < end; at++) {
    const c = byte(at)
    if (isDigit(c)) n = n * (hex ? 16 : 10) + <f64>(c - ZERO)
    else if (hex && c >= 97 && c <= 102) n = n * 16 + <f64>(c - 87)
    else break
  }
  isUnnamed = isKnown = false
  fd = at > first && n <= 0x7fffffff ? <i32>n : -1
  // Larger ones are left to those who can tell them apart.
  if (fd === -1) {
    after = at
    return
  }
  use = step(step(seed, fd), 0)
  if (byte(at) === LESS) {
    const c = byte(at + 1)
    isKnown = true
    isUnnamed = c !== SLASH && c !== BACKSLASH && !isSignalfd(at, c)
    const limit = min(end, at + OBJECT_BYTES)
    for (at++; at < limit && !(byte(at) === GREATER && byte(at - 1) !== MINUS); at++) use = step(use, byte(at))
    at++
  }
  if (use === 0) use = 1
  after = at
}

function isSignalfd(at: usize, c: i32): bool {
  if (c === LOWER_S) return byte(at + 1) === LOWER_S && byte(at + 3) === LOWER_G
  return c === LOWER_A && byte(at + 12) === 91 && byte(at + 13) === LOWER_S && byte(at + 15) === LOWER_G
}

/** Place behind `name=` (`strace -N`) at `i`. */
function skipName(i: usize, end: usize): usize {
  const limit = min(end, i + ARGUMENT_NAME_BYTES)
  let at = i
  while (at < limit && ((byte(at) >= LOWER_A && byte(at) <= LOWER_Z) || byte(at) === UNDERSCORE)) at++
  return at > i && byte(at) === EQUALS ? at + 1 : i
}

/** Whether a result that is quiet in itself (`isQuietEnd`) is what is asked; it ends at `last`. */
function answers(wanted: i32, last: usize, tid: i32): bool {
  if (wanted === ASKS_NOTHING || wanted === ASKS_ANYTHING) return true
  if (wanted === ASKS_FAILURE) return byte(last) === CLOSE_PAREN
  if (wanted === ASKS_MORE) return byte(last) !== ZERO || byte(last - 1) !== SPACE
  let i = last
  let number: i32 = 0
  for (let unit: i32 = 1; isDigit(byte(i)) && last - i < PID_DIGITS; i--, unit *= 10) number += (byte(i) - ZERO) * unit
  return number === tid && byte(i) === SPACE && byte(i - 1) === EQUALS
}

/** `3</etc/ld.so.cache>`: a path, and no standard descriptor. */
function isOnFile(i: usize): bool {
  let at = i
  while (isDigit(byte(at))) at++
  return byte(at) === LESS && byte(at + 1) === SLASH && (at > i + 1 || byte(i) > ZERO + 2)
}

/** `write(6</tmp/x.s>, "\t.file…`: text that begins no goroutine dump. */
function isNoDump(i: usize, end: usize): bool {
  const limit = min(end, i + PATH_BYTES) - 3
  for (let at = i; at < limit; at++)
    if (byte(at) === GREATER && byte(at + 1) === COMMA) return byte(at + 3) === QUOTE && byte(at + 4) !== LOWER_G
  return false
}

/** `NULL, {sa_handler=SIG_DFL,` */
const DEFAULT: StaticArray<u8> = [
  78, 85, 76, 76, 44, 32, 123, 115, 97, 95, 104, 97, 110, 100, 108, 101, 114, 61, 83, 73, 71, 95, 68, 70, 76, 44,
]

/** `rt_sigaction(SIGXCPU, NULL, {sa_handler=SIG_DFL, …`: the Go runtime asks for each signal when it starts. */
function findsDefault(hash: i32, i: usize): bool {
  let at = i
  let signal = hash
  for (let c = byte(at); load<u8>(nameBytes + c) === 1; c = byte(++at)) signal = step(signal, c)
  if (byte(at) !== COMMA || byte(at + 1) !== SPACE) return false
  signal = step(step(signal, COMMA), SPACE)
  at += 2
  for (let k = 0; k < DEFAULT.length; k++) if (byte(at + k) !== <i32>unchecked(DEFAULT[k])) return false
  for (let k: usize = oftenSent; load<i32>(k) !== 0; k += 4) if (load<i32>(k) === signal) return false
  return true
}

/** `… <unfinished ...>` */
function isUnfinished(start: usize, end: usize): bool {
  const mark = end - UNFINISHED_BYTES
  if (mark <= start || byte(mark) !== LESS || byte(mark + 1) !== LOWER_U) return false
  if (byte(end - 1) !== GREATER || byte(end - 5) !== SPACE || byte(end - 6) !== LOWER_D) return false
  return byte(end - 2) === DOT && byte(end - 3) === DOT && byte(end - 4) === DOT
}

/** Where a result ends: at the end of the line, or before the duration; 0 where that is long. */
function lastOfResult(end: usize): usize {
  const last = end - 1
  if (byte(last) !== GREATER) return last
  let i = last - 1
  let digit = byte(i)
  while (isDigit(digit) || digit === DOT) digit = byte(--i)
  if (digit !== LESS || byte(i - 1) !== SPACE || i === last - 1) return last
  // A tenth of a second and more is long.
  return byte(i + 1) === ZERO && byte(i + 2) === DOT && byte(i + 3) === ZERO ? i - 2 : 0
}

/** A result up to `last` that tells nothing: a number, a number with a path, an error that has to do with no signal. */
function isQuietEnd(start: usize, last: usize): bool {
  if (last <= start) return false
  const c = byte(last)
  if (c === CLOSE_PAREN) return isQuietError(start, last)
  if (c === GREATER) return isFile(start, last)
  return c !== QUESTION && c > SPACE
}

/**
 * An error that is none of EPIPE, ECONNRESET, EINTR, EFBIG, ERESTART…: their second letters are others than these, but for
 * EINVAL.
 *
 *   > | newfstatat(AT_FDCWD, "x", 0x7ffd, 0) = -1 ENOENT (No such file or directory)
 */
function isQuietError(start: usize, last: usize): bool {
  const limit = max(start, last - ERROR_BYTES)
  let i = last - 1
  while (i > limit && byte(i) !== EQUALS) i--
  if (byte(i + 2) !== MINUS || byte(i + 3) !== ZERO + 1 || byte(i + 5) !== UPPER_E) return false
  const second = byte(i + 6)
  const invalid = second === UPPER_I && byte(i + 8) === UPPER_V
  if (second !== UPPER_N && second !== UPPER_A && second !== UPPER_B && !invalid) return false
  // (INJECTED), (DELAYED)
  return byte(i) === EQUALS && byte(last - 1) !== UPPER_D
}

/** `= 3</etc/ld.so.cache>` */
function isFile(start: usize, last: usize): bool {
  const limit = max(start, last - PATH_BYTES)
  let i = last - 1
  while (i > limit && byte(i) !== LESS && byte(i) !== GREATER) i--
  if (byte(i) !== LESS || byte(i + 1) !== SLASH) return false
  do i--
  while (isDigit(byte(i)))
  return byte(i) === SPACE && byte(i - 1) === EQUALS
}
