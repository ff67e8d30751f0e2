/** Answers of Delve's JSON-RPC server, told apart by their shape: API 2 wraps results, API 1 gives bare arrays. */
import type { Frame } from '../../src/model/goroutine.js'
import type { Variable } from './objects.js'
import { StackArguments } from './objects.js'

export interface RpcGoroutine {
  id: number
  current: Frame | null
  user: Frame | null
  go: Frame | null
  start: Frame | null
  thread: number
  /** `_G…` of runtime2.go, without the scan bit. */
  status: number
  waitReason: number
  /** Nanoseconds of the monotonic clock; 0 where no collection ran since the wait began. */
  waitSince: number
  labels: Record<string, string> | null
}

export interface RpcThread {
  id: number
  frame: Frame | null
  goroutine: number | null
}

export type Answer =
  | { kind: 'version'; delve: string | null; go: string | null; backend: string | null }
  | {
      kind: 'goroutines'
      rows: RpcGoroutine[]
      more: boolean
      groups: { offset: number; count: number; total: number }[]
    }
  | { kind: 'threads'; threads: RpcThread[] }
  | { kind: 'stack'; frames: Frame[]; elided: boolean; request: number | null }
  | { kind: 'state'; pid: number | null; thread: number | null; goroutine: number | null; exited: number | null }
  | { kind: 'request'; id: number; goroutine: number }
  | { kind: 'error'; text: string }

type Json = Record<string, unknown>

/** What one JSON value says; null where it is no answer of Delve's that tells anything here. */
export function answerOf(value: unknown): Answer | null {
  if (!isObject(value)) return Array.isArray(value) ? resultOf(value, null) : null
  if (typeof value.method === 'string') return requestOf(value)
  const wrapped = 'result' in value && ('id' in value || 'error' in value)
  if (!wrapped) return resultOf(value, null)
  if (value.result === null || value.result === undefined)
    return value.error
      ? { kind: 'error', text: String(isObject(value.error) ? (value.error.message ?? '') : value.error).slice(0, 300) }
      : null
  return resultOf(value.result, numberOr(value.id, null))
}

/** `{"method":"RPCServer.Stacktrace","params":[{"Id":18,"Depth":50}],"id":6}`: names the goroutine of answer 6. */
function requestOf(value: Json): Answer | null {
  const params = Array.isArray(value.params) ? value.params[0] : value.params
  const id = numberOr(value.id, null)
  if (id === null || !isObject(params) || !/\.Stacktrace/.test(String(value.method))) return null
  const goroutine = numberOr(params.Id, null)
  return goroutine === null || goroutine <= 0 ? null : { kind: 'request', id, goroutine }
}

function resultOf(result: unknown, request: number | null): Answer | null {
  const list = listOf(result)
  const first = list?.[0]
  if (isObject(result)) {
    if ('DelveVersion' in result || 'TargetGoVersion' in result)
      return {
        kind: 'version',
        delve: /Version: (\d[\w.-]*)/.exec(String(result.DelveVersion))?.[1] ?? null,
        go: /\bgo1\.[\w.]+/.exec(String(result.TargetGoVersion))?.[0] ?? null,
        backend: typeof result.Backend === 'string' ? result.Backend : null,
      }
    const state = isObject(result.State) ? result.State : 'currentThread' in result || 'Pid' in result ? result : null
    if (state) return stateOf(state)
  }
  if (list === null) return null
  if (isObject(result) && 'Goroutines' in result) return goroutinesOf(list, result)
  if (isObject(result) && 'Threads' in result)
    return { kind: 'threads', threads: list.map(threadOf).filter(t => t !== null) }
  if (isObject(result) && 'Locations' in result) return stackOf(list, request)
  if (!isObject(first)) return null
  if ('goStatementLoc' in first || 'userCurrentLoc' in first) return goroutinesOf(list, {})
  if ('goroutineID' in first) return { kind: 'threads', threads: list.map(threadOf).filter(t => t !== null) }
  return 'FrameOffset' in first || 'Locals' in first ? stackOf(list, request) : null
}

function listOf(result: unknown): unknown[] | null {
  if (Array.isArray(result)) return result
  if (!isObject(result)) return null
  for (const name of ['Goroutines', 'Threads', 'Locations']) if (Array.isArray(result[name])) return result[name]
  return null
}

function stateOf(state: Json): Answer {
  const thread = isObject(state.currentThread) ? state.currentThread : {}
  const goroutine = isObject(state.currentGoroutine) ? numberOr(state.currentGoroutine.id, null) : null
  return {
    kind: 'state',
    pid: numberOr(state.Pid, null) || null,
    thread: numberOr(thread.id, null),
    goroutine: goroutine ?? (numberOr(thread.goroutineID, 0) || null),
    exited: state.exited === true ? numberOr(state.exitStatus, 0) : null,
  }
}

function goroutinesOf(list: unknown[], result: Json): Answer {
  const groups = Array.isArray(result.Groups) ? result.Groups.filter(isObject) : []
  return {
    kind: 'goroutines',
    rows: list.filter(isObject).map(goroutineOf),
    more: (numberOr(result.Nextg, -1) ?? -1) > 0 || result.TooManyGroups === true,
    groups: groups.map(g => ({
      offset: numberOr(g.Offset, 0) ?? 0,
      count: numberOr(g.Count, 0) ?? 0,
      total: numberOr(g.Total, 0) ?? 0,
    })),
  }
}

function goroutineOf(g: Json): RpcGoroutine {
  const labels = isObject(g.labels) ? Object.entries(g.labels).map(([k, v]) => [k, String(v)]) : []
  return {
    id: numberOr(g.id, 0) ?? 0,
    current: locationOf(g.currentLoc),
    user: locationOf(g.userCurrentLoc),
    go: locationOf(g.goStatementLoc),
    start: locationOf(g.startLoc),
    thread: numberOr(g.threadID, 0) ?? 0,
    status: (numberOr(g.status, 4) ?? 4) & ~0x1000,
    waitReason: numberOr(g.waitReason, 0) ?? 0,
    waitSince: numberOr(g.waitSince, 0) ?? 0,
    labels: labels.length > 0 ? Object.fromEntries(labels) : null,
  }
}

function threadOf(thread: unknown): RpcThread | null {
  if (!isObject(thread)) return null
  const id = numberOr(thread.id, null)
  return id === null ? null : { id, frame: locationOf(thread), goroutine: numberOr(thread.goroutineID, 0) || null }
}

function stackOf(list: unknown[], request: number | null): Answer {
  const frames: Frame[] = []
  const words = new StackArguments()
  for (const location of list) {
    const frame = locationOf(location)
    if (frame === null || !isObject(location)) continue
    const variables = [location.Arguments, location.Locals].flatMap((list, i) =>
      Array.isArray(list) ? list.filter(isObject).map(v => variableOf(v, i === 0)) : [],
    )
    const args = words.of(frame, variables)
    if (args !== null) frame.args = args
    frames.push(frame)
  }
  const last = frames[frames.length - 1]?.func
  return {
    kind: 'stack',
    frames,
    elided: last !== undefined && !/^runtime\.(?:goexit|mstart|rt0_go|mcall|systemstack)/.test(last),
    request,
  }
}

/** Pointers show what they point to as their only child, with its address (service/api/types.go Variable). */
function variableOf(v: Json, parameter: boolean): Variable {
  const child = Array.isArray(v.children) && isObject(v.children[0]) ? v.children[0] : null
  const pointer =
    typeof v.type === 'string' && /^\*|^unsafe\.Pointer$/.test(v.type) && child ? numberOr(child.addr, 0) : 0
  return { name: String(v.name), pointer: pointer || null, type: typeof v.type === 'string' ? v.type : null, parameter }
}

function locationOf(value: unknown): Frame | null {
  if (!isObject(value)) return null
  const name = isObject(value.function) && typeof value.function.name === 'string' ? value.function.name : ''
  const file = typeof value.file === 'string' && value.file !== '' && value.file !== '?' ? value.file : null
  const line = numberOr(value.line, 0) ?? 0
  if (name === '' && file === null) return null
  const pc = numberOr(value.pc, null)
  return { func: name === '' ? '???' : name, file, line: line > 0 ? line : null, ...(pc !== null && { pc }) }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOr<T extends number | null>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}
