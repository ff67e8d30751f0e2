import { availableParallelism } from 'node:os'
import type { Limits, RedactPattern } from '../config/settings.js'
import { type BatchIndex, type BatchRow, groupRows } from '../model/batch.js'
import { VERSION } from '../version.js'
import type { CapturePath } from './captures.js'
import { type BatchTask, failedRow } from './worker.js'

export interface BatchOptions {
  /** Folder for the reports; must exist. */
  out: string
  jobs: number | null
  limits: Limits
  redact: boolean
  redactPatterns: RedactPattern[]
  /** Told after each capture. */
  done(row: BatchRow): void
}

/** Above this a thread is replaced before its next capture, so that one huge capture does not stay in memory. */
const RECYCLE_BYTES = 512 * 2 ** 20

/** Analyses captures side by side, each in a thread: one that brings its thread down costs only its own row. */
export async function analyzeAll(captures: readonly CapturePath[], options: BatchOptions): Promise<BatchIndex> {
  const threads = Math.max(1, Math.min(options.jobs ?? availableParallelism(), captures.length))
  const { default: Tinypool } = await import('tinypool')
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    runtime: 'worker_threads',
    minThreads: threads,
    maxThreads: threads,
    maxMemoryLimitBeforeRecycle: RECYCLE_BYTES,
  })
  const { out, limits, redact, redactPatterns } = options
  try {
    const rows = await Promise.all(
      captures.map(async ({ name, path }) => {
        const task: BatchTask = { name, path, out, limits, redact, redactPatterns }
        const row = await pool.run(task).catch(error => failedRow(name, error))
        options.done(row)
        return row as BatchRow
      }),
    )
    return { schema: 'sigtrace.batch/1', tool: { name: 'sigtrace', version: VERSION }, rows, groups: groupRows(rows) }
  } finally {
    await pool.destroy()
  }
}
