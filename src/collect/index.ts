import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { constants, hostname } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../config/errors.js'
import { makeFolder } from '../config/folders.js'
import { askTools, copyProc } from './snapshot.js'
import { isInstalled, straceArguments } from './tools.js'

export interface CollectOptions {
  /** Folder of the capture; made, and must be empty where it exists. */
  out: string
  /** Record system calls. */
  strace: boolean
  seconds: number | null
}

/**
 * Makes the folder of a capture.
 *
 * @throws UsageError where it holds something already: evidence is not overwritten
 */
export function prepare(out: string): void {
  try {
    if (existsSync(out) && readdirSync(out).length > 0)
      throw new UsageError(`${out} is not empty; give another folder with --out`)
    makeFolder(out)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`cannot use ${out}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** @throws UsageError where strace is missing */
function needStrace(): void {
  if (!isInstalled('strace')) throw new UsageError('strace is not installed; install it, or give --no-strace')
}

/**
 * Runs a command, traced, until it ends.
 *
 * Its output is copied where it can be copied without changing what the command sees: in a terminal of its own when we
 * stand in one and node-pty is there. Otherwise it keeps the descriptors that we were given.
 *
 * @returns the command's own exit status
 */
export async function recordCommand(command: readonly string[], options: CollectOptions): Promise<number> {
  if (options.strace) needStrace()
  prepare(options.out)
  const [program, ...args] = options.strace
    ? ['strace', ...straceArguments(join(options.out, 'strace.txt')), '--', ...command]
    : command
  if (!isInstalled(program) && !existsSync(program)) throw new UsageError(`${program}: command not found`)
  const status = await run(program, args, options)
  writeManifest(options.out, null)
  return status
}

async function run(program: string, args: string[], options: CollectOptions): Promise<number> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY ? await import('./terminal.js').catch(() => null) : null
  if (terminal) {
    const copy = createWriteStream(join(options.out, 'terminal.txt'))
    const status = await terminal.runInTerminal(program, args, copy)
    await new Promise<void>(done => copy.end(done))
    return status
  }
  return attached(program, args, options.seconds)
}

/** Runs a program with our own descriptors. Signals meant for it must not end the recording. */
function attached(program: string, args: readonly string[], seconds: number | null): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: 'inherit' })
    const stay = () => {}
    const pass = () => child.kill('SIGTERM')
    process.on('SIGINT', stay).on('SIGTERM', pass)
    const timer = seconds === null ? null : setTimeout(pass, seconds * 1000)
    child.on('error', fail)
    child.on('close', (code, signal) => {
      if (timer) clearTimeout(timer)
      process.off('SIGINT', stay).off('SIGTERM', pass)
      done(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 0))
    })
  })
}

/**
 * Gathers what a running process shows, and watches its system calls for a while.
 *
 * @returns the files of /proc that could not be read
 * @throws UsageError where there is no such process
 */
export async function recordProcess(pid: number, options: CollectOptions): Promise<string[]> {
  if (!existsSync(`/proc/${pid}/status`)) throw new UsageError(`no process ${pid}`)
  if (options.strace) needStrace()
  prepare(options.out)
  const missed = copyProc(pid, options.out)
  await askTools(pid, options.out)
  if (options.strace)
    await attached(
      'strace',
      [...straceArguments(join(options.out, 'strace.txt')), '-p', String(pid)],
      options.seconds ?? 10,
    )
  writeManifest(options.out, pid)
  return missed
}

/** What only the recording machine knows: its name and its time zone. */
function writeManifest(out: string, pid: number | null): void {
  const minutes = -new Date().getTimezoneOffset()
  const two = (n: number) => String(n).padStart(2, '0')
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
  const lines = [`host = ${JSON.stringify(hostname())}`, `zone = "${zone}"`, ...(pid === null ? [] : [`pid = ${pid}`])]
  writeFileSync(join(out, 'capture.toml'), `${lines.join('\n')}\n`)
}
