/** Small strace logs for tests: lines of `-f -ttt` with times filled in. */

const START = 1_795_480_000

/**
 * A log of lines `TID body`, one millisecond apart. A line `+MS TID body` comes so many milliseconds after the one before it.
 */
export function trace(text: string): string {
  let us = 0
  return text
    .trim()
    .split('\n')
    .map(line => {
      const m = /^\s*(?:\+(\d+) )?(\d+) (.*)$/.exec(line)
      if (!m) throw new Error(`not a line of a trace: ${line}`)
      us += m[1] ? Number(m[1]) * 1000 : 1000
      const time = `${START + Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
      return `${m[2].padEnd(5)} ${time} ${m[3]}\n`
    })
    .join('')
}

/** The start of a program, as every trace of one begins. */
export const START_OF = (tid: number, program: string) =>
  `${tid} execve("/usr/bin/${program}", ["${program}"], 0x7ffd237860e0 /* 35 vars */) = 0 <0.000293>`

/** A fork by `tid` that makes `child`. */
export const FORK = (tid: number, child: number) =>
  `${tid} clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f04f17b5a10) = ${child} <0.000117>`

/** A new thread of `tid`'s process. */
export const THREAD = (tid: number, child: number) =>
  `${tid} clone(child_stack=0x7f5c02fb0, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS, parent_tid=[${child}]) = ${child} <0.000107>`
