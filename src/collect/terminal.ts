/** The one place that knows node-pty, an optional dependency: a command runs in a terminal of its own and is copied. */
import type { WriteStream } from 'node:fs'
import { spawn as spawnTerminal } from 'node-pty'

/**
 * Runs a command in a pseudo terminal as large as ours, shows what it prints and writes the same to `copy`.
 *
 * @returns its exit status, 128 + n for death by signal n
 */
export function runInTerminal(program: string, args: readonly string[], copy: WriteStream): Promise<number> {
  const child = spawnTerminal(program, [...args], {
    name: process.env.TERM ?? 'xterm',
    cols: process.stdout.columns ?? 80,
    rows: process.stdout.rows ?? 24,
    cwd: process.cwd(),
    env: process.env as Record<string, string>,
  })
  const resize = () => child.resize(process.stdout.columns ?? 80, process.stdout.rows ?? 24)
  const type = (keys: Buffer) => child.write(keys.toString('utf8'))
  process.stdout.on('resize', resize)
  // Raw: every key, Ctrl-C too, goes to the command and is its own to act on.
  process.stdin.setRawMode?.(true)
  process.stdin.on('data', type)
  child.onData(text => {
    process.stdout.write(text)
    copy.write(text)
  })
  return new Promise(done =>
    child.onExit(({ exitCode, signal }) => {
      process.stdin.setRawMode?.(false)
      process.stdin.off('data', type).pause()
      process.stdout.off('resize', resize)
      done(signal ? 128 + signal : exitCode)
    }),
  )
}
