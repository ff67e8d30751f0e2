/** When two goroutines stand in the same place, whatever their arguments, ids, parents, and the Go version's plumbing. */
import { ownerOf, packageOf } from './go-frames.js'
import type { Frame, Primitive } from './goroutine.js'

/** Wrappers that the compiler makes for `go f(x)` and `defer f(x)` (Go 1.17: `·dwrap·N`, 1.22: `.gowrapN`). */
const WRAPPER = /(?:\.(?:gowrap|deferwrap)\d+|·dwrap·\d+|-fm)$/
/** Packages whose inner frames differ between Go versions without meaning: the primitive says what they say. */
const PLUMBING = new Set(['sync', 'internal/sync', 'internal/poll', 'syscall', 'internal/syscall/unix', 'os', 'net'])

/**
 * Equal for goroutines that are blocked on the same primitive in the same place, in any dump of any Go version.
 *
 * @param frames what `framesKey` made of the stack
 */
export function placeKey(primitive: Primitive, state: string, frames: string, leaked: boolean): string {
  // Running and runnable are different news; for the blocked ones the primitive says it whatever the Go version's word.
  return `${primitive === 'none' || primitive === 'unknown' ? state : primitive}${leaked ? ' leaked' : ''}\n${frames}`
}

/**
 * The frames of a stack as far as they tell places apart: without the runtime's and the plumbing on top, without
 * wrappers and type arguments; lines of the user's code only.
 */
export function framesKey(frames: readonly Frame[], createdBy: Frame | null): string {
  const parts: string[] = []
  for (const frame of frames) {
    const owner = ownerOf(frame)
    if (owner === 'runtime' || WRAPPER.test(frame.func)) continue
    if (parts.length > 0 && isGoStatement(frame, createdBy)) continue
    if (parts.length === 0 && owner === 'standard' && PLUMBING.has(packageOf(frame.func) ?? '')) continue
    parts.push(owner === 'user' ? `${bareName(frame.func)}:${frame.line ?? ''}` : bareName(frame.func))
  }
  // A goroutine of the runtime, or one that stands in nothing but plumbing.
  return parts.length > 0 ? parts.join('\n') : frames.map(f => bareName(f.func)).join('\n')
}

/**
 * The closure that Go 1.17 to 1.21 makes for `go f(x)`: named like one of the user's, it stands on the line of the go
 * statement. Only GOTRACEBACK=system and crash print it (runtime/traceback.go, showframe).
 *
 *   > main.main.func3()
 *   >     /src/main.go:49 +0x25
 *   > created by main.main
 *   >     /src/main.go:49 +0x1d4
 */
function isGoStatement(frame: Frame, createdBy: Frame | null): boolean {
  return (
    createdBy !== null &&
    frame.line === createdBy.line &&
    frame.func.startsWith(`${createdBy.func}.func`) &&
    /^\.func\d+$/.test(frame.func.slice(createdBy.func.length))
  )
}

/** `main.zGeneric[go.shape.int]` and `main.zGeneric[...]` are one function. */
function bareName(func: string): string {
  const open = func.indexOf('[')
  if (open === -1) return func
  let depth = 0
  let bare = ''
  for (const c of func) {
    if (c === '[') depth++
    else if (c === ']') depth = Math.max(0, depth - 1)
    else if (depth === 0) bare += c
  }
  return bare
}

/**
 * Function and place, short: the last element of the package path, the file's own name.
 *
 *   example.com/shop/cache.(*LRU).Get, /srv/shop/cache/lru.go:88  →  cache.(*LRU).Get (lru.go:88)
 */
export function placeOf(frame: Frame | null | undefined): string {
  if (!frame) return 'an unknown place'
  const func = shortFunc(frame.func)
  if (frame.file === null) return func
  const file = frame.file.slice(frame.file.lastIndexOf('/') + 1)
  return `${func} (${file}${frame.line === null ? '' : `:${frame.line}`})`
}

/** Without the directories of the package path; type arguments and receivers keep theirs. */
export function shortFunc(func: string): string {
  const end = func.search(/[([{]/)
  const head = end === -1 ? func : func.slice(0, end)
  return func.slice(head.lastIndexOf('/') + 1)
}
