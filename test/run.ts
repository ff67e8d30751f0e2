/**
 * Runs every `*.test.js` under dist/test, each in a process of its own, and closes with `N passed, N failed`.
 *
 * A uvu suite that forgets `.run()` reports nothing and would pass in silence: a file whose source has fewer `.run()`
 * than `suite(` calls, or that reports no total, counts as a failure.
 *
 *   node dist/test/run.js [WORD…]     only files whose path contains one of the words
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const words = process.argv.slice(2)
const files = (readdirSync(here, { recursive: true }) as string[])
  .filter(f => f.endsWith('.test.js') && (words.length === 0 || words.some(w => f.includes(w))))
  .sort()
let passed = 0
let failed = 0

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

function runFile(file: string): Promise<void> {
  return new Promise(done => {
    const path = join(here, file)
    const source = readFileSync(path, 'utf8')
    const suites = count(source, /\bsuite\(/g)
    const runs = count(source, /\.run\(\)/g)
    const child = spawn(process.execPath, [path], { env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' } })
    let out = ''
    child.stdout.on('data', data => (out += data))
    child.stderr.on('data', data => (out += data))
    child.on('close', (code, signal) => {
      const totals = [...out.matchAll(/^\s*Total:\s+(\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0)
      const passes = [...out.matchAll(/^\s*Passed:\s+(\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0)
      const faults: string[] = []
      if (runs === 0 || runs < suites) faults.push('a suite without .run()')
      if (totals === 0) faults.push('no test reported')
      if (code !== 0 && passes === totals) faults.push(`ended with ${signal ?? code}`)
      passed += passes
      failed += totals - passes + faults.length
      const bad = totals - passes + faults.length > 0
      console.log(
        `${bad ? 'FAIL' : 'ok  '} ${relative('.', path)}  ${passes}/${totals}${faults.map(f => `  ${f}`).join('')}`,
      )
      if (bad) console.log(out)
      done()
    })
  })
}

const queue = [...files]
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runFile(file)
  }),
)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
