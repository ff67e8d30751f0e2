/** Runs the whole pipeline on files that a test writes down. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Report, ReportFinding } from '../../src/model/report.js'
import { analyze } from '../../src/pipeline/analyze.js'

/** Files of a capture by path inside it: text as UTF-8, or bytes. */
export type Files = Record<string, string | Uint8Array>

/** Writes `files` into a fresh folder, gives it to `use`, and removes it. */
export async function inFolder<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-test-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The report of a capture that holds just these files. */
export function analyzeFiles(files: Files): Promise<Report> {
  return inFolder(files, folder => analyze([folder]))
}

/** The findings of one rule. */
export function findingsOf(report: Report, rule: string): ReportFinding[] {
  return report.findings.filter(f => f.rule === rule)
}
