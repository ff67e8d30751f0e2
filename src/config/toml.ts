/** The one place that reads TOML: `capture.toml` and `sigtrace.toml`, held against a shape. */
import TOML from '@iarna/toml'
import { UsageError } from './errors.js'
import type { Kind, Shape } from './shape.js'
import { didYouMean } from './suggest.js'

const WORDS: Record<Kind, string> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  strings: 'an array of strings',
  day: 'a day as 2026-11-24',
}

function holds(kind: Kind, value: unknown): boolean {
  if (kind === 'strings') return Array.isArray(value) && value.every(v => typeof v === 'string')
  if (kind === 'day') return typeof value === 'string' || value instanceof Date
  // The reader gives integers beyond 2^53 as bigint.
  if (kind === 'integer') return typeof value === 'number' && Number.isInteger(value)
  return typeof value === kind
}

/**
 * Parses `text` and checks every key and value of it.
 *
 * @throws UsageError with `file:line:column: what is wrong`, for syntax, unknown keys (with a suggestion) and wrong types.
 */
export function readToml(text: string, file: string, shape: Shape): Record<string, unknown> {
  let value: Record<string, unknown>
  try {
    value = TOML.parse(text) as Record<string, unknown>
  } catch (error) {
    const e = error as Error & { line?: number; col?: number }
    // The message goes on with an excerpt over several lines, and names the place in words of its own.
    const first = e.message.split('\n')[0].replace(/ at row \d+, col \d+, pos \d+:?$/, '')
    throw new UsageError(`${file}:${(e.line ?? 0) + 1}:${Math.max(1, e.col ?? 1)}: ${first}`)
  }
  check(value, shape, [], { text, file })
  return value
}

function check(value: Record<string, unknown>, shape: Shape, path: string[], at: { text: string; file: string }): void {
  for (const [key, one] of Object.entries(value)) {
    const here = [...path, key]
    const wanted = Object.hasOwn(shape, key) ? shape[key] : undefined
    const fail = (what: string): never => {
      const { line, column } = locate(at.text, here)
      throw new UsageError(`${at.file}:${line}:${column}: ${what}`)
    }
    if (wanted === undefined) fail(`unknown key ${here.join('.')}${didYouMean(key, Object.keys(shape))}`)
    else if (typeof wanted === 'string') {
      if (!holds(wanted, one)) fail(`${here.join('.')} must be ${WORDS[wanted]}`)
    } else if ('tables' in wanted && typeof wanted.tables === 'object') {
      if (!Array.isArray(one)) fail(`${here.join('.')} must be an array of tables`)
      for (const table of one as Record<string, unknown>[]) check(table, wanted.tables as Shape, here, at)
    } else if (one === null || typeof one !== 'object' || Array.isArray(one)) fail(`${here.join('.')} must be a table`)
    else if ('map' in wanted && typeof wanted.map === 'string') {
      for (const [name, entry] of Object.entries(one as object))
        if (!holds(wanted.map as Kind, entry)) {
          const { line, column } = locate(at.text, [...here, name])
          throw new UsageError(
            `${at.file}:${line}:${column}: ${here.join('.')}.${name} must be ${WORDS[wanted.map as Kind]}`,
          )
        }
    } else check(one as Record<string, unknown>, wanted as Shape, here, at)
  }
}

/**
 * Where a key stands in the text. The reader keeps no positions, so the last part of the key is looked for at the start
 * of a line (or after `{` or `,` of an inline table) below the header of its table.
 *
 *   > [offsets]
 *   > "strace.txt" = 1.5
 *      ^
 */
function locate(text: string, path: readonly string[]): { line: number; column: number } {
  const lines = text.split('\n')
  const key = path[path.length - 1]
  const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`(?:^|[{,.[])\\s*(["']?)${quoted}\\1\\s*(?:=|\\.|\\])`)
  const parent = path.length > 1 ? path[path.length - 2] : null
  let from = parent === null ? 0 : lines.findIndex(l => l.trimStart().startsWith('[') && l.includes(parent))
  if (from < 0) from = 0
  for (const start of [from, 0])
    for (let n = start; n < lines.length; n++) {
      const match = pattern.exec(lines[n])
      if (match) return { line: n + 1, column: match.index + match[0].indexOf(key) + 1 }
    }
  return { line: 1, column: 1 }
}
