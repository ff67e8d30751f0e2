import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from './errors.js'
import type { Shape } from './shape.js'

/** A pattern of the user's own whose matches are replaced by a pseudonym. */
export interface RedactPattern {
  /** What the report calls it: `customer`. */
  name: string
  /** A regular expression. */
  pattern: string
}

/** A user's defaults, from `sigtrace.toml`; the command line goes before them. */
export interface Settings {
  formats: string[] | null
  out: string | null
  failOn: string | null
  redact: boolean
  redactPatterns: RedactPattern[]
  limits: Limits
}

/** What the intake refuses, so that a hostile archive cannot fill the disk or the day. */
export interface Limits {
  /** Bytes that one input may unpack to. */
  unpacked: number
  /** Unpacked bytes for each packed one, above which an input is taken for a bomb. */
  ratio: number
  /** Files and archive members that are looked at. */
  files: number
}

export const DEFAULT_LIMITS: Limits = { unpacked: 16 * 2 ** 30, ratio: 950, files: 100_000 }

export function defaultSettings(): Settings {
  return { formats: null, out: null, failOn: null, redact: true, redactPatterns: [], limits: DEFAULT_LIMITS }
}

const SHAPE: Shape = {
  format: 'strings',
  out: 'string',
  'fail-on': 'string',
  redact: { enabled: 'boolean', patterns: { tables: { name: 'string', pattern: 'string' } } },
  limits: { 'unpacked-gib': 'number', ratio: 'number', files: 'integer' },
}

/**
 * The user's defaults: the file given by `--config`, else `sigtrace.toml` in the working folder, else
 * `$XDG_CONFIG_HOME/sigtrace/sigtrace.toml`, else what stands here.
 *
 * @throws UsageError when a file that was asked for cannot be read, or holds what it may not
 */
export async function loadSettings(path: string | undefined): Promise<Settings> {
  const places = path
    ? [path]
    : ['sigtrace.toml', join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'sigtrace', 'sigtrace.toml')]
  for (const place of places) {
    let text: string
    try {
      text = readFileSync(place, 'utf8')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
      if (path || !['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) throw new UsageError(`cannot read ${place}: ${code}`)
      continue
    }
    return parse(text, place)
  }
  return defaultSettings()
}

async function parse(text: string, file: string): Promise<Settings> {
  const { readToml } = await import('./toml.js')
  const value = readToml(text, file, SHAPE)
  const redact = (value.redact ?? {}) as { enabled?: boolean; patterns?: RedactPattern[] }
  for (const { name, pattern } of redact.patterns ?? []) {
    if (!name || !pattern) throw new UsageError(`${file}: each redact.patterns needs a name and a pattern`)
    try {
      new RegExp(pattern)
    } catch (error) {
      throw new UsageError(`${file}: redact.patterns ${name}: ${(error as Error).message}`)
    }
  }
  const limits = (value.limits ?? {}) as { 'unpacked-gib'?: number; ratio?: number; files?: number }
  return {
    formats: (value.format as string[]) ?? null,
    out: (value.out as string) ?? null,
    failOn: (value['fail-on'] as string) ?? null,
    redact: redact.enabled ?? true,
    redactPatterns: redact.patterns ?? [],
    limits: {
      unpacked: limits['unpacked-gib'] !== undefined ? limits['unpacked-gib'] * 2 ** 30 : DEFAULT_LIMITS.unpacked,
      ratio: limits.ratio ?? DEFAULT_LIMITS.ratio,
      files: limits.files ?? DEFAULT_LIMITS.files,
    },
  }
}
