/**
 * Replaces secrets in a report by pseudonyms: the same secret has the same name wherever it stands, so that a reader can
 * still follow it. Works on the finished report, so that no renderer can show what was not looked at.
 */
import type { Report } from '../model/report.js'
import { DETECTORS, type Detector, harmlessVariable } from './detectors.js'

/** No more distinct values than this are looked for outside the places where a pattern finds them. */
const MAX_CHASED = 2000

/**
 * @param report is left as it is
 * @param patterns the user's own, each a regular expression whose whole match is secret
 * @returns the same report with pseudonyms (`[token-1]`, `/home/[user-1]`) and the list of them, by kind and count
 */
export function redact(report: Report, patterns: readonly { name: string; pattern: string }[]): Report {
  const own = patterns.map(p => ({
    kind: p.name,
    hint: new RegExp(p.pattern),
    pattern: new RegExp(`()(${p.pattern})`, 'g'),
  }))
  const names = new Pseudonyms([...own, ...DETECTORS])
  // The first walk learns the secrets from the places that give them away, the second replaces them everywhere.
  eachString(report, text => names.replace(text))
  names.chase()
  const clean = mapStrings(report, text => names.replace(text)) as Report
  return { ...clean, redactions: names.list() }
}

/** Times and counts: most of the strings of a large report. */
const DIGITS = /^\d*$/

class Pseudonyms {
  #names = new Map<string, { kind: string; name: string; count: number }>()
  #perKind = new Map<string, number>()
  #clean = new Set<string>()
  #literal: RegExp | null = null

  constructor(private readonly detectors: readonly Detector[]) {}

  /** Ends the learning: from now on a known secret is replaced wherever it stands, and replacements are counted. */
  chase(): void {
    const worth = [...this.#names]
      .filter(([s, { kind }]) => isTelling(kind, s))
      .map(([s]) => s)
      .slice(0, MAX_CHASED)
    worth.sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    if (worth.length > 0)
      this.#literal = new RegExp(worth.map(s => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
    this.#clean.clear()
    for (const known of this.#names.values()) known.count = 0
  }

  replace(text: string): string {
    if (text.length < 4 || DIGITS.test(text)) return text
    // Most strings of a report stand in it many times (names, frames) and hold nothing.
    if (this.#clean.has(text)) return text
    let out = text
    for (const { kind, hint, pattern, holds } of this.detectors) {
      if (!hint.test(out)) continue
      out = out.replace(pattern, (all: string, front: string, secret: string) => {
        if (secret === '' || isPseudonym(secret) || (holds && !holds(secret))) return all
        if (kind === 'environment' && harmlessVariable(front, secret)) return all
        return front + this.#nameOf(kind, secret) + all.slice(front.length + secret.length)
      })
    }
    if (this.#literal) out = out.replace(this.#literal, secret => this.#nameOf('', secret))
    if (out === text) this.#clean.add(text)
    return out
  }

  #nameOf(kind: string, secret: string): string {
    let known = this.#names.get(secret)
    if (!known) {
      const number = (this.#perKind.get(kind) ?? 0) + 1
      this.#perKind.set(kind, number)
      known = { kind, name: `[${kind}-${number}]`, count: 0 }
      this.#names.set(secret, known)
    }
    known.count++
    return known.name
  }

  list(): Report['redactions'] {
    return [...this.#names.values()]
      .filter(n => n.count > 0)
      .map(({ kind, name, count }) => ({ kind, name, count }))
      .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))
  }
}

/**
 * Whether a value is looked for where nothing gives it away. A password `postgres` or a user `service` would take half of
 * the evidence with it; a secret that is any good has letters and digits, or is long.
 */
function isTelling(kind: string, secret: string): boolean {
  if (kind === 'user' || kind === 'ip' || kind === 'email' || secret.startsWith('/')) return false
  return (
    (secret.length >= 6 && /\d/.test(secret) && /[A-Za-z]/.test(secret)) ||
    (secret.length >= 16 && !secret.includes(' '))
  )
}

/** What an earlier detector put there, perhaps with more around it. */
function isPseudonym(secret: string): boolean {
  return /^\[[a-z-]{1,40}-\d+\]/.test(secret)
}

function eachString(value: unknown, use: (text: string) => void): void {
  if (typeof value === 'string') use(value)
  else if (value !== null && typeof value === 'object')
    for (const key in value) eachString((value as Record<string, unknown>)[key], use)
}

/** The value with every string changed; what has nothing to change is the same object as before. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (value === null || typeof value !== 'object') return value
  let copy: unknown[] | Record<string, unknown> | null = null
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key]
    const changed = mapStrings(item, change)
    if (changed === item) continue
    copy ??= Array.isArray(value) ? [...value] : { ...value }
    ;(copy as Record<string, unknown>)[key] = changed
  }
  return copy ?? value
}
