/** What a short command costs over `node -e 0`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI_PATH } from '../support/cli.js'
import { median, run } from './measure.js'

const RUNS = 9

export function benchStartup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-bench-'))
  try {
    const time = (args: string[]) => median(Array.from({ length: RUNS }, () => run(args).seconds)) * 1000
    const nothing = time(['-e', '0'])
    const version = time([CLI_PATH, '--version']) - nothing
    const page = ['analyze', 'samples/wrong-signal/capture', '-q', '-f', 'html', '-o', join(folder, 'report.html')]
    const html = time([CLI_PATH, ...page]) - nothing
    console.log(`--version: ${version.toFixed(0)} ms over node -e 0 (goal 40)`)
    console.log(`a small HTML report: ${html.toFixed(0)} ms over node -e 0 (goal 350)`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
