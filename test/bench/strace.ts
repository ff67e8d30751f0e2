/**
 * How fast a large strace log is read: `analyze --json` as a whole process against the bare scan of `floor.ts`, on a log
 * made of samples whose processes and times are shifted from copy to copy.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CLI_PATH } from '../support/cli.js'
import { median, run } from './measure.js'

const FLOOR = fileURLToPath(new URL('./floor.js', import.meta.url))
const BASES = ['samples/stuck-reader/capture/strace.txt', 'samples/wrong-signal/capture/strace.txt']
const LINE = /^(\d+) +(\d+\.\d{6}) (.*)$/
/** Pids are given out one after the other, so that no two copies meet and none is larger than the kernel's (pid_max). */
const FIRST_PID = 1000
const RUNS = 3

/** Writes a log of about `bytes` bytes. */
function writeLog(file: string, bytes: number): void {
  const bases = BASES.map(path =>
    readFileSync(path, 'latin1')
      .split('\n')
      .map(text => LINE.exec(text))
      .filter(m => m !== null),
  )
  const fd = openSync(file, 'w')
  let start = 1_795_480_000
  let free = FIRST_PID
  for (let written = 0; written < bytes; )
    for (const base of bases) {
      const pids = new Map([...new Set(base.map(m => m[1]))].map(pid => [pid, String(free++)]))
      const shift = (text: string) => text.replace(/(?<![\w.:[\]])\d{4,6}(?![\w.:])/g, n => pids.get(n) ?? n)
      const first = Number(base[0][2])
      let text = ''
      for (const [, pid, time, rest] of base)
        text += `${pids.get(pid)} ${(start + Number(time) - first).toFixed(6)} ${shift(rest)}\n`
      written += writeSync(fd, text, null, 'latin1')
      start += Number(base[base.length - 1][2]) - first + 1
    }
  closeSync(fd)
}

/** Prints the ratio for a log of so many megabytes; returns the seconds of the analysis. */
export function benchStrace(megabytes: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-bench-'))
  try {
    const file = join(folder, 'strace.log')
    writeLog(file, megabytes * 1e6)
    const ours = Array.from({ length: RUNS }, () => run([CLI_PATH, 'analyze', file, '--json']))
    const floors = Array.from({ length: RUNS }, () => run([FLOOR, file]))
    const seconds = median(ours.map(o => o.seconds))
    const ratio = seconds / median(floors.map(f => f.seconds))
    const memory = Math.max(...ours.map(o => o.mebibytes))
    console.log(
      `strace ${megabytes} MB: ${ratio.toFixed(1)} times the bare scan (goal 2), ${memory.toFixed(0)} MiB (goal 250)`,
    )
    return seconds
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
