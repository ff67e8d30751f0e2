/**
 * Stacks as a tree of lines: a dump of 200,000 goroutines has a few hundred different ones. Each node is the constant
 * part of one line (the function up to its arguments, the place up to its line number), so a goroutine that was seen
 * before is recognised by comparing bytes, without decoding or hashing any.
 */
import type { Frame, Stack } from '../../src/model/goroutine.js'
import { utf8 } from '../../src/model/text.js'
import { hintOf } from '../shared/object-address.js'
import { parsePlace } from './lines.js'

export const NodeKind = {
  root: 0,
  func: 1,
  place: 2,
  creator: 3,
  creatorPlace: 4,
  bare: 5,
  nonGo: 6,
  elided: 7,
} as const
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind]

/** Children that are tried first, the last used in front. */
const RECENT = 8
/** Beyond this many different lines a stack is cut short: memory stays bounded whatever the input. */
export const NODE_LIMIT = 250_000

const NONE: StackNode[] = []
const NO_WORDS = new Float64Array(0)
const NO_BYTES = new Uint8Array(0)

export class StackNode {
  recent: StackNode[] = NONE
  byKey: Map<string, StackNode> | null = null
  /**
   * The literal as words of eight bytes, little-endian, and the bytes left over; empty until it comes again. The words are
   * taken as doubles, which compare fast: two of them are equal when their bits are, but for bytes that no text has.
   */
  words = NO_WORDS
  rest = NO_BYTES
  /** Index of the stack that ends here; -1 until one does. For the table that `owner` names. */
  stack = -1
  owner: object | null = null
  /** What the line says of the object that is waited on (object-address.ts); -1 nothing. */
  readonly hint: number

  constructor(
    readonly kind: NodeKind,
    /** Latin1: one character is one byte. */
    readonly literal: string,
    readonly parent: StackNode | null,
  ) {
    this.hint = kind === NodeKind.func ? hintOf(literal.slice(0, -1)) : -1
  }

  /** Makes the node ready to be compared with bytes. */
  compile(): void {
    const bytes = Buffer.from(this.literal, 'latin1')
    this.words = Float64Array.from({ length: bytes.length >> 3 }, (_, i) => bytes.readDoubleLE(i * 8))
    this.rest = Uint8Array.from(bytes.subarray(bytes.length & ~7))
  }

  /** Puts the child at `index` of `recent` in front. */
  touch(index: number): void {
    const { recent } = this
    const child = recent[index]
    for (let i = index; i > 0; i--) recent[i] = recent[i - 1]
    recent[0] = child
  }
}

export class StackTree {
  readonly root = new StackNode(NodeKind.root, '', null)
  #nodes = 0

  /** Whether the limit was met, so that stacks were cut short. */
  get full(): boolean {
    return this.#nodes >= NODE_LIMIT
  }

  /** The child of `node` for a line; made where there is none yet. Null where the tree is full. */
  child(node: StackNode, kind: NodeKind, literal: string): StackNode | null {
    const key = String.fromCharCode(kind) + literal
    node.byKey ??= new Map()
    const known = node.byKey.get(key)
    if (known === undefined) {
      if (this.full) return null
      this.#nodes++
      const child = new StackNode(kind, literal, node)
      node.byKey.set(key, child)
      return child
    }
    const { recent } = node
    const at = recent.indexOf(known)
    if (at > 0) node.touch(at)
    else if (at === -1) {
      // Seen twice: worth comparing bytes with from now on.
      if (known.words === NO_WORDS) known.compile()
      if (recent === NONE) node.recent = [known]
      else recent.unshift(known)
      if (recent.length > RECENT) recent.pop()
    }
    return known
  }
}

/** The stack that ends at a node. A function whose place never came is left out. */
export function stackAt(node: StackNode): Stack {
  const frames: Frame[] = []
  let createdBy: Frame | null = null
  let elided = false
  for (let at: StackNode | null = node; at !== null && at.kind !== NodeKind.root; at = at.parent) {
    if (at.kind === NodeKind.elided) elided = true
    else if (at.kind === NodeKind.nonGo) frames.push({ func: 'non-Go function', file: null, line: null })
    else if (at.kind === NodeKind.place) frames.push(frameAt(at))
    else if (at.kind === NodeKind.creatorPlace) createdBy = frameAt(at)
  }
  return { frames: frames.reverse(), createdBy, elided }
}

function frameAt(place: StackNode): Frame {
  const { kind, literal } = place.parent as StackNode
  const name = kind === NodeKind.func ? literal.slice(0, -1) : kind === NodeKind.creator ? literal.slice(11) : literal
  const at = parsePlace(place.literal)
  return { func: utf8(name), file: at?.file == null ? null : utf8(at.file), line: at?.line ?? null }
}
