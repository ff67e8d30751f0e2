/** Runs the command line itself, as a user would. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLI = join(fileURLToPath(import.meta.url), '..', '..', '..', 'src', 'cli.js')

export interface Run {
  status: number | null
  stdout: string
  stderr: string
}

/** @param options cwd, standard input and environment of the run; ms after which it is ended */
export function sigtrace(
  args: string[],
  options: { cwd?: string; input?: string | Buffer; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: options.cwd,
    input: options.input ?? '',
    timeout: options.timeout,
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, ...options.env },
    maxBuffer: 1 << 28,
  })
  return { status, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
}

/** Path of the compiled command line, for tests that need pipes or signals of their own. */
export const CLI_PATH = CLI
