/** Whole processes, timed from outside. */
import { spawnSync } from 'node:child_process'

const MEMORY = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nmaxRSS '+process.resourceUsage().maxRSS+'\\n'))`

/** Seconds that a Node process takes, and the most memory it held, in MiB. @throws Error where it fails */
export function run(args: string[]): { seconds: number; mebibytes: number; stdout: string } {
  const start = process.hrtime.bigint()
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', MEMORY, ...args], { maxBuffer: 1 << 30 })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return { seconds, mebibytes: Number(/maxRSS (\d+)/.exec(stderr.toString())?.[1]) / 1024, stdout: stdout.toString() }
}

/** The middle one of several values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}
