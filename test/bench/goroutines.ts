/**
 * How fast a large goroutine dump is read: `analyze --json` as a whole process against a bare newline scan of the same
 * file in Node, in the same run. Prints one line; ends with status 1 where a limit is not kept.
 *
 *   node dist/test/bench/goroutines.js [MB]
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI_PATH } from '../support/cli.js'
import { run } from './measure.js'

const RATIO_LIMIT = 2.5
const MEMORY_LIMIT = 300
const RUNS = 5

type Lines = [func: string, words: number, place: string][]
interface Kind {
  share: number
  state: string
  frames: Lines
  creator: [func: string, place: string]
}

/** What hangs around in a busy server; frames without argument words were inlined. */
const KINDS: Kind[] = [
  {
    share: 40,
    state: 'IO wait',
    frames: [
      ['internal/poll.runtime_pollWait', 2, '/usr/local/go/src/runtime/netpoll.go:343'],
      ['internal/poll.(*pollDesc).wait', 3, '/usr/local/go/src/internal/poll/fd_poll_runtime.go:84'],
      ['internal/poll.(*pollDesc).waitRead', 0, '/usr/local/go/src/internal/poll/fd_poll_runtime.go:89'],
      ['internal/poll.(*FD).Read', 5, '/usr/local/go/src/internal/poll/fd_unix.go:164'],
      ['net.(*conn).Read', 4, '/usr/local/go/src/net/net.go:179'],
      ['bufio.(*Reader).Peek', 2, '/usr/local/go/src/bufio/bufio.go:148'],
      ['net/http.(*conn).serve', 3, '/usr/local/go/src/net/http/server.go:2079'],
    ],
    creator: ['net/http.(*Server).Serve', '/usr/local/go/src/net/http/server.go:3086'],
  },
  {
    share: 20,
    state: 'select',
    frames: [
      ['database/sql.(*DB).conn', 4, '/usr/local/go/src/database/sql/sql.go:1315'],
      ['database/sql.(*DB).QueryContext.func1', 1, '/usr/local/go/src/database/sql/sql.go:1725'],
      ['example.com/till/store.(*Receipts).List', 8, '/src/till/store/receipts.go:88'],
      ['example.com/till/api.(*Server).receipts', 4, '/src/till/api/receipts.go:41'],
      ['net/http.HandlerFunc.ServeHTTP', 3, '/usr/local/go/src/net/http/server.go:2136'],
      ['net/http.(*conn).serve', 3, '/usr/local/go/src/net/http/server.go:2009'],
    ],
    creator: ['net/http.(*Server).Serve', '/usr/local/go/src/net/http/server.go:3086'],
  },
  {
    share: 15,
    state: 'sync.Mutex.Lock',
    frames: [
      ['sync.runtime_SemacquireMutex', 3, '/usr/local/go/src/runtime/sema.go:77'],
      ['sync.(*Mutex).lockSlow', 1, '/usr/local/go/src/sync/mutex.go:171'],
      ['sync.(*Mutex).Lock', 0, '/usr/local/go/src/sync/mutex.go:90'],
      ['example.com/till/cache.(*Map[...]).Get', 3, '/src/till/cache/map.go:57'],
    ],
    creator: ['example.com/till/price.Watch', '/src/till/price/watch.go:77'],
  },
  {
    share: 15,
    state: 'chan send',
    frames: [['example.com/till/search.ask.func1', 4, '/src/till/search/ask.go:52']],
    creator: ['example.com/till/search.ask', '/src/till/search/ask.go:49'],
  },
  {
    share: 10,
    state: 'syscall',
    frames: [
      ['syscall.Syscall', 4, '/usr/local/go/src/syscall/syscall_linux.go:69'],
      ['syscall.write', 4, '/usr/local/go/src/syscall/zsyscall_linux_amd64.go:949'],
      ['os.(*File).Write', 4, '/usr/local/go/src/os/file.go:194'],
      ['log.Printf', 4, '/usr/local/go/src/log/log.go:414'],
      ['main.audit', 1, '/src/till/main.go:120'],
    ],
    creator: ['main.main', '/src/till/main.go:61'],
  },
]
const POPULATION = KINDS.flatMap(kind => Array<Kind>(kind.share).fill(kind))

/** A generator of numbers below 2^31 that is the same in every run (Lehmer). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 48271) % 2147483647
    return state % below
  }
}

/** Writes a dump of about `bytes` bytes; returns how many goroutines it has. */
function writeDump(file: string, bytes: number): number {
  const next = numbers(20261124)
  const word = () => `0xc${(next(0x7fffffff) * 4 + next(4)).toString(16).padStart(9, '0')}${next(2) === 0 ? '' : '?'}`
  const offset = () => ` +0x${(next(4000) + 8).toString(16)}`
  const fd = openSync(file, 'w')
  let written = 0
  let count = 1
  let id = 1
  let text = 'goroutine 1 [running]:\nmain.main()\n\t/src/till/main.go:66 +0x1d4\n\n'
  while (written + text.length < bytes) {
    const { state, frames, creator } = POPULATION[next(POPULATION.length)]
    const minutes = [0, 0, 1, 2, 5, 17, 240, 6883][next(8)]
    id += 1 + next(9)
    count++
    text += `goroutine ${id} [${state}${minutes > 0 ? `, ${minutes} minutes` : ''}]:\n`
    for (const [func, words, place] of frames)
      text +=
        words === 0
          ? `${func}(...)\n\t${place}\n`
          : `${func}(${Array.from({ length: words }, word).join(', ')})\n\t${place}${offset()}\n`
    text += `created by ${creator[0]} in goroutine ${1 + next(id)}\n\t${creator[1]}${offset()}\n\n`
    if (text.length > 1 << 20) {
      written += writeSync(fd, text)
      text = ''
    }
  }
  writeSync(fd, text)
  closeSync(fd)
  return count
}

const SCAN = `
const fs = require('node:fs')
const fd = fs.openSync(process.argv[1], 'r')
const buffer = Buffer.allocUnsafe(1 << 20)
let lines = 0
for (let got; (got = fs.readSync(fd, buffer, 0, buffer.length, null)) > 0; ) {
  const piece = buffer.subarray(0, got)
  for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) lines++
}
console.log(lines)`
/** Times the reading of a generated dump; true where the limits are kept. */
export function benchGoroutines(megabytes: number): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-bench-'))
  try {
    const file = join(folder, 'goroutines.txt')
    const count = writeDump(file, megabytes * 1e6)
    let scan = Number.POSITIVE_INFINITY
    let analyze = Number.POSITIVE_INFINITY
    let memory = 0
    // One after the other, and the best of each: other work on the machine disturbs both alike.
    for (let i = 0; i < RUNS; i++) {
      scan = Math.min(scan, run(['-e', SCAN, file]).seconds)
      const { seconds, mebibytes, stdout } = run([CLI_PATH, 'analyze', file, '--json'])
      const found = JSON.parse(stdout).goroutines.snapshots[0].count
      if (found !== count) throw new Error(`${found} goroutines were read of ${count}`)
      analyze = Math.min(analyze, seconds)
      memory = Math.max(memory, mebibytes)
    }
    const ratio = analyze / scan
    const kept = ratio <= RATIO_LIMIT && memory <= MEMORY_LIMIT
    console.log(
      `goroutine dump, ${megabytes} MB, ${count} goroutines: ${analyze.toFixed(2)} s, newline scan ${scan.toFixed(2)} s, ` +
        `ratio ${ratio.toFixed(2)} (at most ${RATIO_LIMIT}), ${memory.toFixed(0)} MiB (at most ${MEMORY_LIMIT})${kept ? '' : '  NOT KEPT'}`,
    )
    return kept
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1]?.endsWith('goroutines.js') && !benchGoroutines(Number(process.argv[2] ?? 200))) process.exitCode = 1
