import { readFileSync } from 'node:fs'
import { parsers } from '../../parsers/index.js'
import { renderers } from '../../reports/index.js'
import { rules as all } from '../rules/index.js'
import { print } from './output.js'

/** `sigtrace rules`: every rule, one line each. */
export async function rules(options: { json?: boolean }): Promise<void> {
  if (options.json) {
    const list = all.map(({ id, severity, summary, needs }) => ({ id, severity, summary, needs }))
    return print(`${JSON.stringify(list, null, 2)}\n`)
  }
  await print(table(all.map(r => [r.id, r.severity, r.summary])))
}

/** `sigtrace formats`: what is read and what is written. */
export async function formats(options: { json?: boolean }): Promise<void> {
  if (options.json) {
    const list = {
      read: parsers.map(({ id, title, clock }) => ({ id, title, clock })),
      written: renderers.map(({ id, title, extension, mime }) => ({ id, title, extension, mime })),
    }
    return print(`${JSON.stringify(list, null, 2)}\n`)
  }
  const read = table(parsers.map(p => [p.id, p.title]))
  const written = table(renderers.map(r => [r.id, r.title]))
  await print(
    `Read (recognised by content; also inside gzip, zstd, xz, lz4, tar and zip):\n${read}\nWritten (--format):\n${written}`,
  )
}

/** `sigtrace schema`: the JSON Schema of the report. */
export async function schema(): Promise<void> {
  await print(readFileSync(new URL('../../reports/json/schema.json', import.meta.url), 'utf8'))
}

function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map(r => r[c].length))) ?? []
  return rows
    .map(r => `  ${r.map((cell, c) => (c === r.length - 1 ? cell : cell.padEnd(widths[c]))).join('  ')}\n`)
    .join('')
}
