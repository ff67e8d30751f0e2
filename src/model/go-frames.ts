/** What a Go function's name says: its package, whose code it is, and whether it is a helper of the runtime. */
import type { Frame } from './goroutine.js'

/**
 * Import path of the package of a function, as the linker spells it; null where the name has none (C functions,
 * `panic`, `_cgoexp_…`). Dots in the last element are escaped by Go, so the first dot after the last slash ends it;
 * type arguments and receivers may hold further slashes and are not looked at.
 *
 *   example.com/shop/cache.(*LRU[example.com/shop/price.Key]).Get
 *                         ^
 */
export function packageOf(func: string): string | null {
  const end = func.search(/[([{]/)
  const name = end === -1 ? func : func.slice(0, end)
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1)
  return dot <= 0 ? null : name.slice(0, dot)
}

/** Top-level directories of Go's own `src`, from Go 1.0 to 1.27. */
const STANDARD = new Set(
  (
    'archive arena bufio builtin bytes cmp compress container context crypto database debug embed encoding errors exp ' +
    'expvar flag fmt go hash html image index internal io iter launchpad.net log maps math mime net old os path ' +
    'plugin reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode ' +
    'unique unsafe uuid vendor weak'
  ).split(' '),
)

export type FrameOwner = 'runtime' | 'standard' | 'library' | 'user' | 'foreign'

/** Functions of the runtime that have no package in their name. */
const RUNTIME_NAMES = /^(?:panic$|_rt0_|rt0_go|goexit|gogo|crosscall|x_cgo_|_cgo_|racecall)/
/** Where downloaded and vendored modules lie. */
const MODULE_CACHE = /@v\d|\/pkg\/mod\/|\/vendor\//
/** Suffixes that C compilers give to copies of a function: a dot that is no package's. */
const C_SUFFIX = /\.(?:isra|part|constprop|cold|lto_priv|llvm)\b/

/**
 * Whose code a frame is: the Go runtime, the standard library, a third party's module, the user's own, or not Go at all
 * (C code, stubs that cgo wrote).
 */
export function ownerOf({ func, file }: Frame): FrameOwner {
  const pack = packageOf(func)
  if (pack === null) return RUNTIME_NAMES.test(func) ? 'runtime' : 'foreign'
  if (isRuntimePackage(pack)) return 'runtime'
  if (file === '_cgo_gotypes.go' || func.includes('._Cfunc_') || C_SUFFIX.test(func)) return 'foreign'
  if (STANDARD.has(firstElement(pack)) && !disownedBy(file)) return 'standard'
  if (pack.startsWith('golang.org/x/') || (file !== null && MODULE_CACHE.test(file))) return 'library'
  return 'user'
}

/** Packages of the runtime itself; `runtime/pprof` and its like are ordinary library code. */
function isRuntimePackage(pack: string): boolean {
  return pack === 'runtime' || pack.startsWith('internal/runtime/') || pack.startsWith('runtime/internal/')
}

function firstElement(path: string): string {
  const slash = path.indexOf('/')
  return slash === -1 ? path : path.slice(0, slash)
}

/**
 * A user's module may be called `log` or `internal/db`: then its file shows that it is not Go's own. Files of GOROOT are
 * `…/src/<standard>/…` (`…/src/pkg/…` before Go 1.4), trimmed ones `<standard>/…`. The directory need not be that of the
 * package: the runtime implements `time.Sleep` in runtime/time.go.
 */
function disownedBy(file: string | null): boolean {
  if (file === null || !file.includes('/')) return false
  const src = file.lastIndexOf('/src/')
  if (src === -1) return !STANDARD.has(firstElement(file.replace(/^GOROOT\/src\//, '')))
  return !STANDARD.has(firstElement(file.slice(src + 5).replace(/^pkg\//, '')))
}

/**
 * Index of the frame in the user's own code that a goroutine stands in: the innermost frame that is neither of the
 * runtime, nor of the standard library, nor of a module that was downloaded. Without one, the innermost of a module;
 * -1 where the stack shows neither (a goroutine of the runtime, an idle connection of net/http).
 */
export function userFrame(frames: readonly Frame[]): number {
  let library = -1
  for (let i = 0; i < frames.length; i++) {
    const owner = ownerOf(frames[i])
    if (owner === 'user') return i
    if (owner === 'library' && library === -1) library = i
  }
  return library
}

/** Start functions in the runtime that run the user's code all the same (runtime/traceback.go isSystemGoroutine). */
const RUNS_USER_CODE = new Set(['runtime.main', 'runtime.corostart', 'runtime.handleAsyncEvent'])

/**
 * Whether the runtime started a goroutine for itself: GC workers, sweeper, finalizers, timers, the loop that receives
 * signals. A finalizer goroutine that runs the user's code is not such: when that blocks, it matters.
 */
export function isSystemStack(frames: readonly Frame[], createdBy: Frame | null): boolean {
  const made = createdBy === null ? null : packageOf(createdBy.func) === 'runtime'
  let start = frames.length - 1
  if (start >= 0 && frames[start].func === 'runtime.goexit') start--
  if (start < 0) return frames.length > 0 ? made !== false : made === true
  const func = frames[start].func
  if (func === 'os/signal.loop') return true
  if (made === false || RUNS_USER_CODE.has(func)) return false
  return frames.every(frame => ownerOf(frame) === 'runtime')
}
