import { recordCommand, recordProcess } from '../collect/index.js'
import { UsageError } from '../config/errors.js'
import { wholeNumber } from './options.js'
import { say } from './output.js'

export interface CollectCommand {
  pid?: string
  out: string
  seconds?: string
  strace: boolean
}

/** `sigtrace collect -- COMMAND...` or `sigtrace collect --pid PID` */
export async function run(command: string[], options: CollectCommand): Promise<void> {
  if ((options.pid === undefined) === (command.length === 0)) throw new UsageError('give a command after --, or --pid')
  const seconds = options.seconds === undefined ? null : wholeNumber(options.seconds, '--seconds')
  const settings = { out: options.out, strace: options.strace, seconds }
  if (options.pid === undefined) process.exitCode = await recordCommand(command, settings)
  else {
    const missed = await recordProcess(wholeNumber(options.pid, '--pid'), settings)
    if (missed.length > 0) say(`sigtrace: not readable in /proc: ${missed.join(', ')}; as root there is more to see`)
  }
  say(`capture: ${options.out}; now run: sigtrace analyze ${options.out}`)
}
