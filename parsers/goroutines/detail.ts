/** Reads one goroutine again, with what the table leaves out: arguments, offsets, ancestors. */
import type { Frame, GoroutineDetail } from '../../src/model/goroutine.js'
import { utf8, withoutAnsi } from '../../src/model/text.js'
import { type Envelope, findHeader, hasEscapedLines, resolveEscapes } from './envelope.js'
import { parseHeader } from './header.js'
import * as lines from './lines.js'

/**
 * @param text the lines of the goroutine, latin1, from its header on; lines of others may stand between them
 * @param envelope what they are wrapped in
 * @param id goroutine to find: an escaped dump has all of them in one line
 */
export function readDetail(text: string, envelope: Envelope | null, id: number): GoroutineDetail {
  const detail: GoroutineDetail = { frames: [], createdBy: null, registers: null }
  let frames = detail.frames
  let func: Frame | null = null
  /** A line that meant nothing: the name of a C function, or the first part of a line that was wrapped. */
  let last = ''
  let inside = false
  for (const line of unwrapped(text, envelope)) {
    const header = parseHeader(line)
    if (header !== null) {
      if (inside) break
      inside = header.id === id
      continue
    }
    if (!inside) continue
    const { place, call, creator } = parts(line) ?? parts(last + line) ?? {}
    const ancestor = lines.parseAncestor(line)
    const bare = lines.isBareName(last) ? last : null
    last = place || call || creator ? '' : line
    if (place) {
      if (func === null && bare !== null && place.tail.includes('pc=0x')) {
        func = { func: utf8(bare), file: null, line: null }
        frames.push(func)
      }
      if (func !== null) finish(func, place)
      func = null
    } else if (call) {
      if (func !== null && frames.at(-1) === func) frames.pop()
      func = { func: utf8(call.literal.slice(0, -1)), file: null, line: null, args: utf8(call.args) }
      if (call.args === '...') func.inlined = true
      frames.push(func)
    } else if (creator) {
      func = { func: utf8(creator.func), file: null, line: null }
      if (frames === detail.frames) detail.createdBy = func
    } else if (ancestor !== null) {
      frames = []
      detail.ancestors ??= []
      detail.ancestors.push({ goroutine: ancestor, frames })
      func = null
    } else if (lines.parseNonGo(line) !== null)
      frames.push({ func: 'non-Go function', file: null, line: null, pc: Number(lines.parseNonGo(line)) })
  }
  if (func !== null && frames.at(-1) === func) frames.pop()
  return detail
}

/** What a line of a stack is; null where it is none. */
function parts(line: string): {
  place?: lines.PlaceLine | null
  call?: lines.FunctionLine | null
  creator?: lines.CreatorLine | null
} | null {
  const place = lines.parsePlace(line)
  if (place !== null) return { place }
  const call = lines.parseFunction(line)
  if (call !== null) return { call }
  const creator = lines.parseCreator(line)
  return creator === null ? null : { creator }
}

/** The place and the program counter of a function. */
function finish(func: Frame, place: lines.PlaceLine): void {
  func.file = place.file === null ? null : utf8(place.file)
  func.line = place.line
  const pc = /\bpc=(0x[0-9a-f]+)/.exec(place.tail)
  if (pc !== null) func.pc = Number(pc[1])
}

function* unwrapped(text: string, envelope: Envelope | null): Generator<string> {
  for (const raw of text.split('\n')) {
    const line = withoutAnsi(raw.endsWith('\r') ? raw.slice(0, -1) : raw)
    const inside = envelope?.unwrap(line)
    if (inside != null) yield* inside.split('\n')
    else {
      const header = findHeader(line)
      if (header === null) yield line
      else if (hasEscapedLines(line, header.end)) yield* resolveEscapes(line).split('\n')
      else yield line.slice(header.start, header.end)
    }
  }
}
