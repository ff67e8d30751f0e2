/** Which process, thread and file of /proc a path or a heading speaks of. */
export interface Place {
  pid: number | null
  tid: number | null
  /** `status`, `wchan`, `fd`, `fdinfo`, …; null where nothing says. */
  file: string | null
  /** The descriptor that a file of fdinfo is about. */
  fd: number | null
}

const FILES =
  'status|stat|stack|wchan|syscall|comm|cmdline|limits|cgroup|maps|fdinfo|fds?|auxv|environ|io|sched|schedstat|mountinfo'
const PID_MAX = 4_194_304

/**
 * Place of a file by its path inside the capture, and the folder whose files make one snapshot.
 *
 *   host1/proc-1486/task/1493/wchan   ->  folder host1/proc-1486, tid 1493, wchan
 *   1486/fdinfo/7                     ->  folder 1486, pid 1486, fdinfo
 *   snap/1486.stack.txt               ->  folder snap, pid 1486, stack
 */
export function placeOfPath(path: string): Place & { folder: string } {
  const parts = path.split('/')
  let file = parts.pop() ?? ''
  let tid: number | null = null
  let fd: number | null = null
  if (parts.at(-1) === 'fdinfo' && /^\d+$/.test(file)) {
    fd = Number(file)
    file = parts.pop()!
  } else if (parts.at(-1) === 'fd') file = parts.pop()!
  if (parts.at(-1) === 'net') parts.pop()
  if (parts.length > 1 && parts.at(-2) === 'task' && /^\d+$/.test(parts.at(-1)!)) {
    tid = Number(parts.pop())
    parts.pop()
  }
  const named = new RegExp(`(?:^|[^a-z])(${FILES})(?:[^a-z]|$)`).exec(file.toLowerCase())
  return {
    folder: parts.join('/'),
    pid: onlyNumber(file) ?? onlyNumber(parts.at(-1) ?? ''),
    tid,
    file: named ? named[1] : null,
    fd,
  }
}

/** The one number of a name that can be a pid; null where there is none or several. */
function onlyNumber(name: string): number | null {
  const numbers = name.match(/\d+/g)
  if (numbers?.length !== 1) return null
  const pid = Number(numbers[0])
  return pid > 0 && pid <= PID_MAX ? pid : null
}

/** Lines that only announce what follows: marks, a prompt, or a bare path. */
const ANNOUNCES = /^(?:==|[#$+*>|-]|\[|\/proc\/|(?:sudo )?(?:cat|head|tail|ls|grep|stat) )/
const PROC_PATH =
  /\/proc\/(?:(\d{1,7})|self|thread-self|\$\{?\w{1,32}\}?)(?:\/task\/(\d{1,7}))?(?:\/([a-z_]+))?(?:\/(\d+))?/
const NAMED = new RegExp(
  `^[=#*\\-> \\[]{1,40}(?:(?:pid|tid|thread|task|process)?[ =:#]{0,3}(\\d{1,7})[ :/,\\]]{1,3})?(${FILES})\\b[ =#*\\-:\\]]{0,40}$`,
  'i',
)
const NUMBERED = /^[=#*\-> []{0,40}(pid|process|tid|thread|task|lwp)[ =:#]{1,3}(\d{1,7})[ =#*\-:\]]{0,40}$/i

/**
 * Place that a heading inside a text announces, and what stands behind it on the same line (`grep . /proc/77/wchan`
 * prints path and content together); null for a line that is no heading. Fields that it leaves open are undefined.
 *
 *   ==> /proc/1486/task/1493/stack <==       # cat /proc/1486/status       --- thread 1493 ---       ## wchan
 */
export function placeOfHeading(line: string): (Partial<Place> & { rest: string }) | null {
  if (line.length > 1024) return null
  if (ANNOUNCES.test(line)) {
    const m = PROC_PATH.exec(line)
    if (m) {
      const behind = line.slice(m.index + m[0].length)
      const rest = line.startsWith('/proc/') && behind.startsWith(':') ? behind.slice(1) : ''
      const pid = m[1] === undefined ? null : Number(m[1])
      const fd = m[3] === 'fdinfo' && m[4] !== undefined ? Number(m[4]) : null
      return { pid, tid: m[2] === undefined ? null : Number(m[2]), file: m[3] ?? null, fd, rest }
    }
  }
  const named = NAMED.exec(line)
  if (named) {
    const file = named[2].toLowerCase()
    return named[1] === undefined ? { file, rest: '' } : { tid: Number(named[1]), file, rest: '' }
  }
  const numbered = NUMBERED.exec(line)
  if (!numbered) return null
  const number = Number(numbered[2])
  return /^p/i.test(numbered[1])
    ? { pid: number, tid: null, file: null, rest: '' }
    : { tid: number, file: null, rest: '' }
}
