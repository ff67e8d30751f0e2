/**
 * Last words that the C library, the C++ runtime and the sanitizers print before they abort a process: glibc
 * (malloc.c malloc_printerr, debug/fortify_fail.c, assert/assert.c), libstdc++ (vterminate.cc), libc++abi, musl.
 */
import type { CrashText } from '../../src/model/goroutine.js'

const ABORTS: readonly RegExp[] = [
  /^(?:free|malloc|calloc|realloc|memalign|mremap_chunk|munmap_chunk|malloc_consolidate|_int_malloc|tcache_thread_shutdown|chunk_free)\(\): .{3,80}$/,
  /^(?:double free or corruption|corrupted (?:size vs\. prev_size|double-linked list)|malloc: (?:top chunk is corrupt|unaligned)|invalid (?:fastbin entry|pointer)|break adjusted to free malloc space)\b.{0,60}$/,
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
