/** Records small shell scripts with the strace of this machine, where there is one that may trace. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Files } from './analyze.js'

/** No recording takes longer; what does is ended. */
const TIMEOUT_MS = 15_000

/** Where strace writes to. */
export type Into = 'file' | 'files' | 'stderr'

/** Why nothing can be recorded here; null where it can. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return 'needs Linux'
  const run = spawnSync('strace', ['-f', '-o', '/dev/null', '/bin/true'], { encoding: 'utf8', timeout: TIMEOUT_MS })
  if (run.error) return 'needs strace'
  return run.status === 0 ? null : `strace may not trace here: ${run.stderr.trim().split('\n')[0]}`
}

/** Whether the strace of this machine knows these options. */
export function knows(options: readonly string[]): boolean {
  const run = spawnSync('strace', [...options, '-o', '/dev/null', '/bin/true'], { timeout: TIMEOUT_MS })
  return run.status === 0
}

/** The files that a recording of `sh -c script` leaves. */
export async function record(script: string, options: readonly string[], into: Into): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-record-'))
  try {
    const out = join(folder, 'out')
    mkdirSync(out)
    const to = into === 'stderr' ? [] : ['-o', join(out, 'trace.log')]
    const child = spawn('strace', [...options, ...to, '/bin/sh', '-c', script], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const stderr = await ended(child)
    if (into === 'stderr') return { 'stderr.txt': stderr }
    return Object.fromEntries(readdirSync(out).map(name => [name, readFileSync(join(out, name))]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The log of a shell that was running when strace came, up to its death by a signal that this process sends. */
export async function recordAttached(options: readonly string[], signal: NodeJS.Signals): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-record-'))
  // `read` waits for a line that never comes.
  const shell = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] })
  try {
    const file = join(folder, 'trace.log')
    const strace = spawn('strace', [...options, '-o', file, '-p', String(shell.pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const done = ended(strace)
    await said(strace, 'attached')
    shell.kill(signal)
    await done
    return { 'trace.log': readFileSync(file) }
  } finally {
    shell.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a program had written to stderr when it ended. */
function ended(child: ChildProcess): Promise<string> {
  let text = ''
  child.stderr?.on('data', data => (text += data))
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

function said(child: ChildProcess, word: string): Promise<void> {
  let text = ''
  return new Promise(resolve => {
    child.stderr?.on('data', data => {
      text += data
      if (text.includes(word)) resolve()
    })
    child.on('close', () => resolve())
  })
}
