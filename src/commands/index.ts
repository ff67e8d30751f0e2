/** From argv to a command. Each command's own code is loaded when it is asked for. */
import { Command, CommanderError, Option } from 'commander'
import { UsageError } from '../config/errors.js'
import { Exit } from '../model/exit.js'
import { VERSION } from '../version.js'
import { say, surviveClosedOutput } from './output.js'

function build(): Command {
  const program = new Command('sigtrace')
    .description('Tells why a process on Linux died or hung, and proves it.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
  program.enablePositionalOptions()

  capture(program.command('analyze'))
    .description('read a capture and write its report')
    .argument('<path...>', 'folders, files, archives, or - for standard input')
    .option('-f, --format <list>', 'formats of the report, comma-separated (see "sigtrace formats")')
    .option('-o, --out <path>', 'file, folder (with several formats), or - for standard output')
    .option('--json', 'the report as JSON on standard output')
    .option('--since <age>', 'only goroutines that have waited at least this long: 90s, 10m, 2h')
    .addOption(failOn())
    .option('-q, --quiet', 'no summary and no messages, only the report')
    .option('-v, --verbose', 'every finding, every diagnostic')
    .action(async (paths, options) => (await import('./analyze.js')).run(paths, options))

  program
    .command('diff')
    .description('compare two captures, or two saved JSON reports: what came, what went, what grew')
    .argument('<before>', 'capture or JSON report')
    .argument('<after>', 'capture or JSON report')
    .option('--json', 'the comparison as JSON')
    .option('--config <file>', 'defaults from this file instead of sigtrace.toml')
    .option('--no-redact', 'leave secrets in the comparison')
    .action(async (before, after, options) => (await import('./diff.js')).run(before, after, options))

  program
    .command('batch')
    .description('analyze every capture below a folder and write an index of them')
    .argument('<path...>', 'folders whose sub-folders and archives are captures of their own')
    .option('-o, --out <folder>', 'folder for the index and the reports', 'sigtrace-reports')
    .option('-j, --jobs <count>', 'captures at a time (default: processors)')
    .option('--json', 'the index as JSON on standard output')
    .option('-q, --quiet', 'no messages')
    .option('--config <file>', 'defaults from this file instead of sigtrace.toml')
    .option('--no-redact', 'leave secrets in the reports')
    .addOption(failOn())
    .action(async (paths, options) => (await import('./batch.js')).run(paths, options))

  program
    .command('collect')
    .description('record a capture: run a command under strace, or gather what a running process shows')
    .argument('[command...]', 'command to run, after --')
    .option('-p, --pid <pid>', 'a running process instead')
    .option('-o, --out <folder>', 'folder for the capture', 'capture')
    .option('--seconds <n>', 'stop recording after so many seconds (with --pid: 10)')
    .option('--no-strace', 'do not trace system calls')
    .passThroughOptions()
    .action(async (command, options) => (await import('./collect.js')).run(command, options))

  program
    .command('explain')
    .description('explain a rule, an exit status (137, 203/EXEC) or a signal (SIGPIPE, 13)')
    .argument('<subject...>', 'rule id, exit status or signal')
    .action(async subjects => (await import('./explain.js')).run(subjects))

  program
    .command('rules')
    .description('list the rules')
    .option('--json', 'as JSON')
    .action(async options => (await import('./lists.js')).rules(options))

  program
    .command('formats')
    .description('list the formats that are read and written')
    .option('--json', 'as JSON')
    .action(async options => (await import('./lists.js')).formats(options))

  program
    .command('schema')
    .description('print the JSON Schema of the report')
    .action(async () => (await import('./lists.js')).schema())
  return program
}

function failOn(): Option {
  return new Option('--fail-on <severity>', 'exit with 1 for a finding at or above this severity').choices([
    'fatal',
    'error',
    'warning',
    'note',
    'never',
  ])
}

/** What can be stated about a capture, and how its report is kept clean. */
function capture(command: Command): Command {
  const gather = (value: string, all: string[] = []) => [...all, value]
  return command
    .option('--pid <pid>', 'the process that the question is about')
    .option('--unit <name>', 'the systemd unit that the question is about')
    .option('--host <name>', 'host that the capture is from')
    .option('--zone <offset>', 'zone of times without one, as +01:00')
    .option('--date <day>', 'day of times without one, as 2026-11-24')
    .option('--offset <file=seconds>', "seconds to add to a file's clock (repeatable)", gather)
    .option('--kind <file=format>', 'format of a file that is not recognised (repeatable)', gather)
    .option('--config <file>', 'defaults from this file instead of sigtrace.toml')
    .option('--no-redact', 'leave secrets in the report')
    .option('--no-color', 'no colours (as with NO_COLOR)')
}

/** Runs the command that `argv` (without node and script) asks for, and sets the exit status. */
export async function main(argv: string[]): Promise<void> {
  surviveClosedOutput()
  try {
    await build().parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = failed(error, argv)
  }
}

function failed(error: unknown, argv: string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return Exit.ok
    // Without a command the help itself was the answer.
    if (error.code !== 'commander.help') say(`sigtrace: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}`)
    return Exit.usage
  }
  if (error instanceof UsageError) {
    say(`sigtrace: ${error.message}`)
    return Exit.usage
  }
  const fault = error instanceof Error ? error : new Error(String(error))
  say(`sigtrace: internal fault: ${fault.message}`)
  say(
    argv.includes('-v') || argv.includes('--verbose')
      ? String(fault.stack)
      : 'Run again with -v for the place, and report it as a fault of sigtrace.',
  )
  return Exit.fault
}
