/** Programs of the machine that a recording may use; all of them may be missing. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Output that is kept of one program; a journal can be endless. */
const MOST = 64 * 2 ** 20
/** A tool that hangs must not hang the recording of a hang. */
const PATIENCE_MS = 15_000

/**
 * Runs a program and gives what it prints on standard output.
 *
 * @returns null where it is missing, fails with nothing printed, or takes too long
 */
export function outputOf(program: string, args: readonly string[]): Promise<Buffer | null> {
  return new Promise(done => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    })
    const pieces: Buffer[] = []
    let size = 0
    child.stdout.on('data', (piece: Buffer) => {
      if (size > MOST) return
      size += piece.length
      pieces.push(piece)
    })
    child.on('error', () => done(null))
    child.on('close', code => done(size > 0 && (code === 0 || size > 0) ? Buffer.concat(pieces) : null))
  })
}

/**
 * How strace has to be called so that its log tells most: threads and children, wall clock to the microsecond, time in
 * each call, what every descriptor is and who is at its other end, enough of each string to recognise it.
 */
export function straceArguments(log: string): string[] {
  return ['-f', '-ttt', '-T', '-yy', '-s', '256', '-o', log]
}
