/**
 * Stacks as a tree of lines: a dump of 200,000 goroutines has a few hundred different ones. Each node is the constant
 * part of one line (the function up to its arguments, the place up to its line number), so a goroutine that was seen
 * before can be recognised by comparing bytes (`walker.ts`), without decoding or hashing any.
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

/** Beyond this many different lines a stack is cut short: memory stays bounded whatever the input. */
export const NODE_LIMIT = 250_000

export class StackNode {
  byKey: Map<string, StackNode> | null = null
  /** Number of the line with the walker; 0 for the root, -1 where it does not know the line. */
  number: number
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
    this.number = kind === NodeKind.root ? 0 : -1
    this.hint = kind === NodeKind.func ? hintOf(literal.slice(0, -1)) : -1
  }
}

export class StackTree {
  readonly root = new StackNode(NodeKind.root, '', null)
  #nodes = 0

  /** @param again told of a line that came again below its parent */
  constructor(readonly again: (parent: StackNode, child: StackNode) => void = () => {}) {}

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
    this.again(node, known)
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
