/**
 * The inner loop: walks goroutines whose lines were all seen before, straight in the bytes. It takes a line only where it
 * is sure of what the line parser would make of it; any other line is handed back, untouched, so leaving it out changes
 * the speed and nothing else. Compiled to WebAssembly (scripts/assemble.mjs): `walker.ts` beside this folder has the other
 * half, and teaches it lines and headers.
 *
 *   > goroutine 18 [chan receive, 5 minutes]:
 *   > main.worker(0xc000012018, 0x7)
 *   > |	/src/main.go:29 +0x25
 *   > created by main.main in goroutine 1
 *   > |	/src/main.go:12 +0x2d
 *   >
 */

const LF: i32 = 10
const CR: i32 = 13
const ESCAPE: i32 = 27
const CLOSE_PAREN: i32 = 41
const COMMA: i32 = 44
const ZERO: i32 = 48
const LOWER_A: i32 = 97

/** Words as they stand in memory, four bytes each, or what is left of them. */
const GORO: i32 = 0x6f726f67
const UTIN: i32 = 0x6e697475
const E_SPACE: i32 = 0x2065
const SPACE_OPEN: i32 = 0x5b20
const SPACE_GP: i32 = 0x3d706720
const SPACE_M: i32 = 0x3d6d20
const NIL: i32 = 0x6c696e
const SPACE_MP: i32 = 0x3d706d20
const SPACE_FP: i32 = 0x3d706620
const SPACE_PC: i32 = 0x3d637020
const SPACE_PLUS_0X: i32 = 0x78302b20
const ZERO_X: i32 = 0x7830
const SPACE_IN: i32 = 0x206e6920
const THREE_BYTES: i32 = 0xffffff

/** Numbers up to here are exact. */
const DIGITS: usize = 15
const HEX_DIGITS: usize = 16

/** The text at hand is put here. What is compared at once may begin before it and end after it. */
export const TEXT_BYTES: i32 = 1 << 19
export const text: usize = memory.data(TEXT_BYTES + 272, 16) + 16

/**
 * Lines that are known, as a tree: what a line is depends on those above it in the stack. The bytes of a line's constant
 * part, how long that is, what kind of line, and what its first argument tells (object-address.ts; -1 nothing); the last 16
 * bytes once more, and which of them count; the child that is tried first, and the sibling that is tried next.
 */
const NODES: i32 = 1 << 14
const NODE_BYTES: i32 = 64
const nodes: usize = memory.data(NODES * NODE_BYTES, 64)
const AT_LENGTH: usize = 4
const AT_KIND: usize = 8
const AT_HINT: usize = 12
const AT_LAST: usize = 16
const AT_MASK: usize = 32
const AT_CHILD: usize = 48
const AT_NEXT: usize = 52
/** A node has so many children at most; the one that was met longest ago gives way. */
const CHILDREN: i32 = 32
/** Bytes of all lines together. A new one is put at the end. */
const LITERAL_BYTES: i32 = 1 << 20
const literals: usize = memory.data(LITERAL_BYTES, 16)

/** A line or the end of a header that is to be learnt is put here. */
export const LESSON_BYTES: i32 = 1 << 12
export const lesson: usize = memory.data(LESSON_BYTES, 16)

/** As in `stack-tree.ts`. */
const KIND_FUNC: i32 = 1
const KIND_PLACE: i32 = 2
const KIND_CREATOR: i32 = 3
const KIND_CREATOR_PLACE: i32 = 4

/** What follows the bracket in headers, by hash: length, and the text. The number of the slot stands for the status. */
const STATUSES: i32 = 1 << 12
export const TAIL_BYTES: i32 = 64
/** Slots that are tried for a header. */
const PROBES: i32 = 8
const tails: usize = memory.data(STATUSES * TAIL_BYTES, 16)
const tailLengths: usize = memory.data(STATUSES)

/** The goroutines that were walked, in columns. */
export const ROWS: i32 = 1024
export const rowIds: usize = memory.data((ROWS + 1) * 8, 16)
export const rowLines: usize = memory.data((ROWS + 1) * 4, 16)
/** Byte offsets of the header, and after the last line. */
export const rowOffsets: usize = memory.data((ROWS + 1) * 8, 16)
export const rowEnds: usize = memory.data((ROWS + 1) * 8, 16)
/** Who created it, 0 where no line says; -1 in the first row where no line was walked that could. */
export const rowParents: usize = memory.data((ROWS + 1) * 8, 16)
/** Four times the status, and 1 where it does not run on a thread, 2 where it does, 0 where the header does not say. */
export const rowStatuses: usize = memory.data((ROWS + 1) * 4, 16)
export const rowNodes: usize = memory.data((ROWS + 1) * 4, 16)
/** First argument words that tell something, and of what kind they are: as many as in `object-address.ts`. */
const MOST_WORDS: i32 = 8
export const rowWords: usize = memory.data((ROWS + 1) * 4, 16)
export const words: usize = memory.data((ROWS + 1) * MOST_WORDS * 8, 16)
export const hints: usize = memory.data((ROWS + 1) * MOST_WORDS, 16)

/** Numbers that both halves read and write, by their place: as in `walker.ts`. */
export const DESK_FIELDS: i32 = 8
export const desk: usize = memory.data(DESK_FIELDS * 8, 16)
/** Number of the line at hand, and the offset of `text` in the input. */
const DESK_LINE: i32 = 0
const DESK_BASE: i32 = 1
/** Where the walk stands in `text`. */
const DESK_AT: i32 = 2
/** Goroutines that are complete, and with the one after them, where it has begun. */
const DESK_COMPLETE: i32 = 3
const DESK_ROWS: i32 = 4

let nodeCount: i32 = 1
let literalBytes: i32 = 0

function byte(at: usize): i32 {
  return <i32>load<u8>(at)
}

function isDigit(c: i32): bool {
  return <u32>(c - ZERO) <= 9
}

/** Forgets all lines and headers: another input begins. */
export function begin(): void {
  memory.fill(nodes, 0, nodeCount * NODE_BYTES)
  nodeCount = 1
  literalBytes = 0
  forgetStatuses()
}

export function forgetStatuses(): void {
  memory.fill(tailLengths, 0, STATUSES)
}

/**
 * Learns a line whose constant part stands in `lesson`, as the child of a node. Returns its number; -1 where there is
 * no room.
 */
export function learn(parent: i32, length: i32, kind: i32, hint: i32): i32 {
  const room = (length + 15) & ~15
  if (nodeCount === NODES || literalBytes + room > LITERAL_BYTES) return -1
  const node = nodes + nodeCount * NODE_BYTES
  const literal = literals + literalBytes
  memory.copy(literal, lesson, length)
  literalBytes += room
  store<usize>(node, literal)
  store<i32>(node, length, AT_LENGTH)
  store<i32>(node, kind, AT_KIND)
  store<i32>(node, hint, AT_HINT)
  const short = max(0, 16 - length)
  for (let i = short; i < 16; i++) {
    store<u8>(node + AT_LAST + i, load<u8>(literal + length - 16 + i))
    store<u8>(node + AT_MASK + i, 0xff)
  }
  link(parent, nodeCount)
  return nodeCount++
}

/** Makes a known line one that is tried below its parent. */
export function link(parent: i32, child: i32): void {
  const from = nodes + parent * NODE_BYTES
  const node = nodes + child * NODE_BYTES
  let count = 1
  for (let at = load<usize>(from, AT_CHILD); at !== 0; at = load<usize>(at, AT_NEXT)) {
    if (at === node) return
    if (++count === CHILDREN) store<usize>(at, 0, AT_NEXT)
  }
  store<usize>(node, load<usize>(from, AT_CHILD), AT_NEXT)
  store<usize>(from, node, AT_CHILD)
}

/** Learns the end of a header line that stands in `lesson`. Returns the number of its status, -1 where there is no room. */
export function learnStatus(length: i32): i32 {
  let slot = slotOf(lesson, length)
  for (let i = 0; i < PROBES; i++) {
    if (isTail(slot, lesson, length)) return slot
    if (load<u8>(tailLengths + slot) === 0) {
      memory.copy(tails + slot * TAIL_BYTES, lesson, length)
      store<u8>(tailLengths + slot, <u8>length)
      return slot
    }
    slot = (slot + 1) & (STATUSES - 1)
  }
  return -1
}

/**
 * Walks from `start`, where the stack of a goroutine has got to `from`, as far as all is known, or the rows are full. The
 * first row goes on with that goroutine, of whose header it says nothing. What else there is to say stands on the desk.
 *
 * @param end of the text; a line that is not whole before it is left
 */
export function run(from: i32, start: i32, end: i32): void {
  const limit: usize = text + end
  const base = load<f64>(desk, DESK_BASE * 8) - <f64>text
  let line = load<f64>(desk, DESK_LINE * 8)
  const first: usize = text + start
  let at = first
  let node: usize = nodes + from * NODE_BYTES
  let open = true
  row = 0
  wordCount = 0
  parent = -1
  while (at < limit) {
    if (byte(at) === LF) {
      const kind = load<i32>(node, AT_KIND)
      // Where nothing was walked yet, lines of others may stand before the blank one.
      if ((kind !== KIND_PLACE && kind !== KIND_CREATOR_PLACE) || at === first) break
      close(node, base + <f64>at)
      row++
      line++
      at++
      open = false
      if (row === ROWS) break
      const next = header(at, limit)
      if (next === 0) break
      store<u32>(rowLines + (row << 2), <u32>line)
      store<f64>(rowOffsets + (row << 3), base + <f64>at)
      wordCount = 0
      parent = 0
      open = true
      node = nodes
      line++
      at = next
      continue
    }
    const child = childAt(node, at, limit)
    if (child === 0) break
    const next = rest(child, at + load<i32>(child, AT_LENGTH), limit)
    if (next === 0) break
    node = child
    line++
    at = next
  }
  if (open) close(node, base + <f64>at)
  store<f64>(desk, line, DESK_LINE * 8)
  store<f64>(desk, <f64>(at - text), DESK_AT * 8)
  store<f64>(desk, <f64>row, DESK_COMPLETE * 8)
  store<f64>(desk, <f64>(open ? row + 1 : row), DESK_ROWS * 8)
}

/** The goroutine at hand: its row, who created it, how many words it has. */
let row: i32 = 0
let parent: f64 = 0
let wordCount: i32 = 0

function close(node: usize, end: f64): void {
  store<f64>(rowEnds + (row << 3), end)
  store<f64>(rowParents + (row << 3), parent)
  store<i32>(rowNodes + (row << 2), <i32>((node - nodes) / NODE_BYTES))
  store<i32>(rowWords + (row << 2), wordCount)
}

/** The child whose constant part stands at `at`, in front of its siblings from now on; 0 where there is none. */
function childAt(node: usize, at: usize, limit: usize): usize {
  let before: usize = 0
  for (let child = load<usize>(node, AT_CHILD); child !== 0; child = load<usize>(child, AT_NEXT)) {
    const length = <usize>load<i32>(child, AT_LENGTH)
    const last = at + length - 16
    // Compared from the end: names share their package, places their folder.
    if (
      last + 16 < limit &&
      !v128.any_true(v128.and(v128.xor(v128.load(last), v128.load(child, AT_LAST)), v128.load(child, AT_MASK)))
    ) {
      if (equals(load<usize>(child), at, last)) {
        if (before !== 0) {
          store<usize>(before, load<usize>(child, AT_NEXT), AT_NEXT)
          store<usize>(child, load<usize>(node, AT_CHILD), AT_NEXT)
          store<usize>(node, child, AT_CHILD)
        }
        return child
      }
    }
    before = child
  }
  return 0
}

/** Whether the bytes from `at` up to `end`, or a few more, are those of a constant part. */
function equals(literal: usize, at: usize, end: usize): bool {
  for (; <isize>at < <isize>end; at += 16, literal += 16) {
    if (v128.any_true(v128.xor(v128.load(at), v128.load(literal)))) return false
  }
  return true
}

/** What may follow the constant part, by kind; the start of the next line, or 0. */
function rest(child: usize, after: usize, limit: usize): usize {
  const kind = load<i32>(child, AT_KIND)
  if (kind === KIND_FUNC) {
    const lf = lineEnd(after, limit)
    if (lf === 0 || byte(lf - 1) !== CLOSE_PAREN) return 0
    const hint = load<i32>(child, AT_HINT)
    if (hint !== -1) word(hint, after, lf - 1)
    return lf + 1
  }
  if (kind === KIND_CREATOR) return creatorRest(after, limit)
  // A place: at its end, or before ` +0x1d`, ` fp=0x…`, ` pc=0x…`.
  if (byte(after) === LF) return after + 1
  const tail = load<i32>(after)
  if (tail !== SPACE_PLUS_0X) {
    if (tail !== SPACE_FP && tail !== SPACE_PC) return 0
    if (<i32>load<u16>(after + 4) !== ZERO_X) return 0
  }
  const lf = lineEnd(after, limit)
  return lf === 0 || byte(lf - 1) === CR ? 0 : lf + 1
}

/**
 *   created by main.main in goroutine 18
 *                       ^
 */
function creatorRest(after: usize, limit: usize): usize {
  if (byte(after) === LF) {
    parent = 0
    return after + 1
  }
  if (load<i32>(after) !== SPACE_IN || !isGoroutine(after + 4)) return 0
  const at = readId(after + 14, limit)
  if (at === 0 || at >= limit || byte(at) !== LF) return 0
  parent = <f64>id
  return at + 1
}

/** The number of a goroutine that was read last. */
let id: i64 = 0

/** Reads the number of a goroutine; returns the place after it, or 0 where there is none that is exact. */
function readId(first: usize, limit: usize): usize {
  let at = first
  id = 0
  for (let c = byte(at); isDigit(c) && at < limit; c = byte(++at)) id = id * 10 + <i64>(c - ZERO)
  return at === first || at - first > DIGITS ? 0 : at
}

/** `goroutine ` */
function isGoroutine(at: usize): bool {
  return load<i32>(at) === GORO && load<i32>(at + 4) === UTIN && <i32>load<u16>(at + 8) === E_SPACE
}

/** Place of the line feed that ends the line; 0 where none is before `limit`, or an escape sequence comes first. */
function lineEnd(at: usize, limit: usize): usize {
  const lf = i8x16.splat(<i8>LF)
  const esc = i8x16.splat(<i8>ESCAPE)
  while (at < limit) {
    const bytes = v128.load(at)
    const found = i8x16.bitmask(v128.or(i8x16.eq(bytes, lf), i8x16.eq(bytes, esc)))
    if (found !== 0) {
      at += ctz(found)
      return at < limit && byte(at) === LF ? at : 0
    }
    at += 16
  }
  return 0
}

/** Notes the first argument, which stands at `at`, as a number: `firstWord` of object-address.ts. */
function word(hint: i32, at: usize, last: usize): void {
  if (wordCount === MOST_WORDS) return
  const index = row * MOST_WORDS + wordCount
  wordCount++
  store<u8>(hints + index, <u8>hint)
  let value: u64 = 0
  if (<i32>load<u16>(at) === ZERO_X) {
    let i = at + 2
    const most = i + HEX_DIGITS
    for (; i < most; i++) {
      const c = byte(i)
      if (isDigit(c)) value = (value << 4) | <u64>(c - ZERO)
      else if (<u32>(c - LOWER_A) < 6) value = (value << 4) | <u64>(c - LOWER_A + 10)
      else break
    }
    if (i !== last && (byte(i) !== COMMA || i > last)) value = 0
  }
  store<f64>(words + (index << 3), <f64>value)
}

/**
 * Takes a header whose status is known; returns the start of the next line, or 0.
 *
 *   goroutine 18 gp=0xc000002380 m=nil [chan receive, 5 minutes]:
 *                                       ^ the tail
 */
function header(start: usize, limit: usize): usize {
  if (!isGoroutine(start)) return 0
  let at = readId(start + 10, limit)
  if (at === 0) return 0
  let thread: i32 = 0
  if (load<i32>(at) === SPACE_GP) {
    at = hex(at + 4, limit)
    if (at === 0 || (load<i32>(at) & THREE_BYTES) !== SPACE_M) return 0
    at += 3
    thread = 1
    if ((load<i32>(at) & THREE_BYTES) === NIL) at += 3
    else {
      const number = at
      while (isDigit(byte(at)) && at < limit) at++
      if (at === number || load<i32>(at) !== SPACE_MP) return 0
      at = hex(at + 4, limit)
      if (at === 0) return 0
      thread = 2
    }
  }
  if (<i32>load<u16>(at) !== SPACE_OPEN) return 0
  at += 2
  const lf = lineEnd(at, limit)
  if (lf === 0 || lf === at || lf - at > <usize>TAIL_BYTES) return 0
  const length = <i32>(lf - at)
  let slot = slotOf(at, length)
  for (let i = 0; i < PROBES; i++) {
    if (isTail(slot, at, length)) {
      store<f64>(rowIds + (row << 3), <f64>id)
      store<i32>(rowStatuses + (row << 2), (slot << 2) | thread)
      return lf + 1
    }
    slot = (slot + 1) & (STATUSES - 1)
  }
  return 0
}

/** The place after `0x` and hexadecimal digits; 0 where they are none. */
function hex(at: usize, limit: usize): usize {
  if (<i32>load<u16>(at) !== ZERO_X) return 0
  const first = at + 2
  at = first
  while ((isDigit(byte(at)) || <u32>(byte(at) - LOWER_A) < 6) && at < limit) at++
  return at === first ? 0 : at
}

function slotOf(at: usize, length: i32): i32 {
  let hash = length
  for (let i = 0; i < length; i++) hash = hash * 31 + byte(at + i)
  hash *= <i32>0x9e3779b1
  return hash >>> 20
}

function isTail(slot: i32, at: usize, length: i32): bool {
  if (<i32>load<u8>(tailLengths + slot) !== length) return false
  return memory.compare(tails + slot * TAIL_BYTES, at, length) === 0
}
