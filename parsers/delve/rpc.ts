/**
 * Answers of Delve's JSON-RPC server, saved to files. One answer rarely says enough: the wait reasons of ListGoroutines
 * are bare numbers that only the Go version of GetVersion explains, and Stacktrace does not say of which goroutine it is.
 * So the files of one session are read together.
 */
import type { Frame, NativeThread } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import { addTo } from '../../src/model/multimap.js'
import type { Sink } from '../../src/model/parser.js'
import { goMinor, waitReason } from '../shared/wait-reasons.js'
import { type JsonValue, jsonValues } from './json-values.js'
import { Listing, type SessionFacts } from './listing.js'
import { type Answer, answerOf, type RpcGoroutine } from './rpc-answers.js'

/** Larger answers are not read: the text must fit into one string of JavaScript. */
const LIMIT = 500_000_000

interface Placed<K extends Answer['kind']> {
  answer: Extract<Answer, { kind: K }>
  source: string
  line: number
}

type All = { [K in Answer['kind']]: Placed<K>[] }

/** Method names in file names end the part that the files of one session have in common: `dlv1.27.1-rpc.State.json`. */
const METHOD =
  /(?:RPCServer[._-])?(?:GetVersion|ListGoroutines|ListThreads|Stacktrace|State|GetThread|Command)(?=[^a-z]|$)/

export function readRpc(inputs: readonly Input[], sink: Sink): void {
  const sessions = new Map<string, Input[]>()
  for (const input of inputs) {
    const { path } = input.source
    const name = path.slice(path.lastIndexOf('/') + 1)
    const method = METHOD.exec(name)
    const key = path.slice(0, path.length - name.length) + (method ? name.slice(0, method.index) : '')
    addTo(sessions, key, input)
  }
  for (const files of sessions.values()) readSession(files, sink)
}

function readSession(files: readonly Input[], sink: Sink): void {
  const all: All = { version: [], goroutines: [], threads: [], stack: [], state: [], request: [], error: [] }
  for (const input of files) readFile(input, sink, all)
  const facts = factsOf(all)
  for (const { answer, source } of all.version) {
    const about = files.find(f => f.source.path === source)?.source.about
    if (about && answer.delve) about.Delve = answer.delve
    if (about && answer.go) about.Go = answer.go
  }
  for (const { answer, source, line } of all.error)
    sink.diagnose(
      'delve.rpc-error',
      'info',
      `Delve's server answered with an error: ${answer.text}`,
      { source, line },
      'start `dlv` with --api-version=2, or ask API 1 by its own method names',
    )
  const threads = threadsOf(all)
  const minor = goMinor(facts.goVersion)
  const listings = all.goroutines.map(({ answer, source, line }) => {
    const listing = new Listing(source, line, answer.groups.length > 0 ? 'delve-groups' : 'delve-json')
    listing.partial = answer.more
    answer.rows.forEach((row, i) => {
      listing.add(shownOf(row, line, minor))
      for (const group of answer.groups)
        if (group.total > group.count && i === group.offset + group.count - 1)
          listing.add({
            ...shownOf(row, line, minor),
            id: 0,
            count: group.total - group.count,
            thread: null,
            selected: false,
          })
    })
    return listing
  })
  attachStacks(all, listings, threads, sink)
  if (listings.length === 0 && threads.length > 0) {
    const from = all.threads[0] ?? all.stack[0]
    const alone = new Listing(from?.source ?? files[0].source.path, from?.line ?? 1, 'delve-stack')
    alone.partial = true
    listings.push(alone)
  }
  for (const listing of listings)
    sink.snapshots.push(listing.finish({ ...facts, newDelve: minor !== null }, threads).snapshot)
}

function readFile(input: Input, sink: Sink, all: All): void {
  const { source } = input
  const ref = { source: source.path, line: 1 }
  if (input.size > LIMIT) {
    sink.diagnose(
      'delve.json-too-large',
      'loss',
      'an answer of Delve is too large to read',
      ref,
      'ask ListGoroutines in parts, by Start and Count',
    )
    return
  }
  const { values, bad } = jsonValues(Buffer.from(input.read(0, input.size)).toString('utf8'))
  for (const { value, line } of values) place({ value, line }, source.path, all)
  source.records = values.length
  sink.progress(input.size)
  if (bad.count > 0)
    sink.diagnose(
      'delve.json-cut',
      'loss',
      'text that is not whole JSON',
      { source: source.path, line: bad.line },
      'save the whole answer of the server',
      bad.count,
    )
}

function place({ value, line }: JsonValue, source: string, all: All): void {
  const answer = answerOf(value)
  if (answer !== null) (all[answer.kind] as Placed<Answer['kind']>[]).push({ answer, source, line } as never)
}

/** What the session's answers agree on; two servers' answers in one folder say nothing for sure. */
function factsOf(all: All): SessionFacts {
  const versions = new Set(all.version.map(v => v.answer.go))
  const pids = new Set(all.state.map(s => s.answer.pid).filter(pid => pid !== null))
  return {
    goVersion: versions.size === 1 ? ([...versions][0] ?? null) : null,
    pid: pids.size === 1 ? ([...pids][0] ?? null) : null,
    newDelve: null,
  }
}

function threadsOf(all: All): NativeThread[] {
  const current = all.state[all.state.length - 1]?.answer.thread ?? null
  const last = all.threads[all.threads.length - 1]
  return (last?.answer.threads ?? []).map(({ id, frame, goroutine }) => ({
    tid: id,
    comm: null,
    frames: frame ? [frame] : [],
    registers: null,
    goroutine,
    current: id === current,
    sigPending: null,
    sigBlocked: null,
    refs: [{ source: last.source, line: last.line }],
  }))
}

const STATUS: Record<number, string> = {
  0: 'idle',
  1: 'runnable',
  2: 'running',
  3: 'syscall',
  4: 'waiting',
  6: 'dead',
  8: 'copystack',
  9: 'preempted',
  10: 'leaked',
  11: 'waiting for cgo callback',
}

function shownOf(row: RpcGoroutine, line: number, minor: number | null) {
  const places: Frame[] = []
  for (const place of [row.current, row.user, row.start])
    if (place && !places.some(p => p.func === place.func && (p.line === place.line || place === row.start)))
      places.push(place)
  const waits = row.status === 4 || row.status === 10
  const number = waits ? row.waitReason : 0
  const word = number === 0 ? null : minor === null ? null : waitReason(number, minor)
  return {
    id: row.id,
    line,
    count: 1,
    state: number === 0 ? (STATUS[row.status] ?? 'unknown') : (word ?? `unknown wait reason ${number}`),
    since: row.waitSince > 0 ? String(row.waitSince) : null,
    thread: row.thread > 0 ? row.thread : null,
    frames: places,
    createdBy: row.go && row.go.func !== 'runtime.newproc' ? row.go : null,
    elided: true,
    selected: false,
    labels: row.labels,
  }
}

/** Finds out whose stack each Stacktrace is, and gives it to that goroutine. */
function attachStacks(all: All, listings: readonly Listing[], threads: NativeThread[], sink: Sink): void {
  for (const { answer, source, line } of all.stack) {
    const asked = all.request.find(r => r.source === source && r.answer.id === answer.request)?.answer.goroutine
    const id = asked ?? ownerOfStack(answer.frames, source, listings)
    let held = false
    if (id) for (const listing of listings) held = listing.attach(id, answer.frames, null, answer.elided) || held
    if (held) continue
    const thread = threads.find(t => t.current)
    if (thread && answer.frames[0]?.pc !== undefined && thread.frames[0]?.pc === answer.frames[0].pc)
      thread.frames = answer.frames
    else
      sink.diagnose(
        'delve.stack-of-nobody',
        'info',
        'a Stacktrace answer fits none or several of the goroutines listed, so it is shown with none',
        { source, line },
        'save the request beside the answer: it names the goroutine',
      )
  }
}

/**
 * The one goroutine whose shown places all stand in the stack. Where several fit (identical goroutines), the number in
 * the file's name settles which of them was asked for; it is never believed against the places.
 */
function ownerOfStack(frames: readonly Frame[], source: string, listings: readonly Listing[]): number | null {
  const stands = new Set(frames.map(f => `${f.func}:${f.line}`))
  const functions = new Set(frames.map(f => f.func))
  const fitting = new Set<number>()
  for (const listing of listings)
    for (const { id, frames: shown } of listing.stacks()) {
      const start = shown[shown.length - 1]
      if (
        shown.length > 0 &&
        functions.has(start.func) &&
        shown.slice(0, -1).every(f => stands.has(`${f.func}:${f.line}`))
      )
        fitting.add(id)
    }
  if (fitting.size === 1) return [...fitting][0]
  const named = /Stacktrace[^\d/]{0,3}(\d{1,15})[^/]*$/.exec(source)
  return named && fitting.has(Number(named[1])) ? Number(named[1]) : null
}
