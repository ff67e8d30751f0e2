/**
 * Last words that the C library, the C++ runtime and the sanitizers print before they abort a process: glibc
 * (malloc.c malloc_printerr, debug/fortify_fail.c, assert/assert.c), libstdc++ (vterminate.cc), libc++abi, musl.
 */
import type { CrashText } from '../../src/model/goroutine.js'

const ABORTS: readonly RegExp[] = [
  /^(?:free|malloc|calloc|realloc|memalign|mremap_chunk|munmap_chunk|malloc_consolidate|_int_malloc|tcache_thread_shutdown|chunk_free)\(\): .{3,80}$/,
  /^(?:double free or corruption|corrupted (?:size vs\. prev_size|double-linked list)|malloc: (?:top chunk is corrupt|unaligned)|invalid fastbin entry|break adjusted to free malloc space)\b.{0,60}$/,
  /^\*\*\* (?:stack smashing detected|buffer overflow detected|longjmp causes uninitialized stack frame|bit out of range|%n in writable segment detected|invalid %N\$ use detected).{0,20} ?\*\*\*.{0,80}$/,
  /^\*\*\* Error in `.{1,200}': .{3,120}$/,
  /^Fatal glibc error: .{3,200}$/,
  /^[^\s:][^:]{0,200}: (?:[^:]{1,200}:\d+: )?(?:.{1,200}: )?Assertion [`'].{1,2000}' failed\.$/,
  /^Assertion failed: .{1,2000}$/,
  /^terminate called (?:after throwing an instance of '.{1,500}'|without an active exception|recursively)$/,
  /^pure virtual method called$/,
  /^libc\+\+abi(?:\.dylib)?: terminat.{3,500}$/,
]
/** `==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x…` */
const SANITIZER =
  /^==(\d{1,10})==\s?(?:ERROR|WARNING): ((?:Address|Memory|Thread|Leak|UndefinedBehavior)Sanitizer): .{3,1000}$/
/** Only these words, or one of their prefixes, can begin a line of the list above: most lines are done here. */
const FIRST =
  /^(?:[a-z_]+\(\): |double free|corrupted |malloc: |invalid |break adj|\*\*\* |Fatal glibc|Assertion |terminate |pure virtual|libc\+\+abi|==\d)|: Assertion [`']/

export interface AbortMessage {
  kind: CrashText['kind']
  message: string
  /** Sanitizers print it. */
  pid: number | null
}

/** The message, where the line is one of those; at the start of the line. */
export function abortMessage(text: string): AbortMessage | null {
  if (text.length > 4096 || !FIRST.test(text)) return null
  const sanitizer = SANITIZER.exec(text)
  if (sanitizer)
    return { kind: sanitizer[2] === 'MemorySanitizer' ? 'msan' : 'abort', message: text, pid: Number(sanitizer[1]) }
  return ABORTS.some(pattern => pattern.test(text)) ? { kind: 'abort', message: text, pid: null } : null
}

/** Words that all of them have; a line without any is done. */
const ANY = /\(\): |\*\*\* |corrupt|glibc error|Assertion|terminat|pure virtual|Sanitizer: /
/** Where the text of a log line begins: behind a time, behind a name with its pid, behind a name in docker compose. */
const LOGGED = /(?:\d{2}:\d{2}:\d{2}\S* .{0,200}?|\[\d{1,10}\]|\S +)(?:: | [FP] | ?\| )/g
const MOST_PREFIXES = 8

/** The message inside a line that a logger wrote, as plain text or as a JSON record. */
export function loggedAbort(text: string): AbortMessage | null {
  if (text.length > 8192 || !ANY.test(text)) return null
  if (text.startsWith('{')) return recordedAbort(text)
  let tried = 0
  for (const prefix of text.matchAll(LOGGED)) {
    if (tried++ === MOST_PREFIXES) break
    const abort = abortMessage(text.slice(prefix.index + prefix[0].length))
    if (abort === null) continue
    const pid = /\[(\d{1,10})\]: $/.exec(prefix[0])
    return { ...abort, pid: abort.pid ?? (pid === null ? null : Number(pid[1])) }
  }
  return null
}

function recordedAbort(text: string): AbortMessage | null {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record !== 'object' || record === null) return null
    for (const key of ['log', 'message', 'msg', 'MESSAGE']) {
      const value: unknown = (record as Record<string, unknown>)[key]
      const abort = typeof value === 'string' ? abortMessage(value.trimEnd()) : null
      if (abort !== null) return abort
    }
  } catch {
    // Not a record after all.
  }
  return null
}
