/** A comparison as text for a terminal or a ticket: what grew, what stayed blocked, what came and went. */
import type { Frame } from '../model/goroutine.js'
import { counted, duration } from '../model/words.js'
import type { FindingChange, GroupChange, ReportDiff } from './index.js'

/** Rows of each list; the rest is counted. */
const ROWS = 12

/** The whole comparison, each line ended by a newline. Everything from an input stands in it as it is. */
export function diffText(diff: ReportDiff): string {
  const lines: string[] = [
    `before  ${diff.before.capture}: ${diff.before.title}${diff.before.verdict === null ? '' : ` [${diff.before.verdict}]`}`,
    `after   ${diff.after.capture}: ${diff.after.title}${diff.after.verdict === null ? '' : ` [${diff.after.verdict}]`}`,
    diff.sameVerdict ? 'The verdict is the same.' : 'The verdict has changed.',
    diff.sameProcess === null
      ? 'Nothing tells whether both are of one process: what is said of goroutine ids holds if they are.'
      : `${diff.sameProcess.same ? 'Both are of one process' : 'They are of different processes'}: ${diff.sameProcess.basis}.`,
  ]
  findings(lines, 'New findings', diff.findings.appeared)
  findings(lines, 'Findings that are gone', diff.findings.gone)
  findings(lines, 'Findings in both', diff.findings.stayed)
  if (diff.before.goroutines > 0 || diff.after.goroutines > 0) {
    lines.push('', `Goroutines: ${diff.before.goroutines} before, ${diff.after.goroutines} after`)
    groups(
      lines,
      'grew',
      [...diff.groups.grew, ...diff.groups.appeared].sort((a, b) => b.after - b.before - (a.after - a.before)),
    )
    groups(
      lines,
      'shrank',
      [...diff.groups.shrank, ...diff.groups.gone].sort((a, b) => b.before - b.after - (a.before - a.after)),
    )
    groups(
      lines,
      'same number',
      diff.groups.same.filter(c => !c.group.benign),
    )
    stayed(lines, diff)
  }
  if (diff.processes.length > 0) lines.push('', 'Processes')
  for (const { comm, before, after } of diff.processes)
    lines.push(`  ${comm}: ${before ?? 'not there'} → ${after ?? 'not there'}`)
  return `${lines.join('\n')}\n`
}

function findings(lines: string[], heading: string, changes: readonly FindingChange[]): void {
  if (changes.length === 0) return
  lines.push('', heading)
  for (const c of changes.slice(0, ROWS))
    lines.push(
      `  ${c.rule}  ${c.title}${c.before > 0 && c.after > 0 && c.before !== c.after ? `  (${c.before} → ${c.after})` : ''}`,
    )
  rest(lines, changes.length)
}

function groups(lines: string[], heading: string, changes: readonly GroupChange[]): void {
  if (changes.length === 0) return
  lines.push(`  ${heading}`)
  for (const { before, after, group } of changes.slice(0, ROWS)) {
    const delta = after - before
    const sign = delta > 0 ? `+${delta}` : delta < 0 ? `−${-delta}` : '±0'
    lines.push(
      `    ${sign.padStart(7)}  ${String(before).padStart(6)} → ${String(after).padEnd(6)}  ${place(group.frames, group.userFrame)}  [${group.state || group.primitive}]`,
    )
  }
  rest(lines, changes.length)
}

function stayed(lines: string[], { groups: g }: ReportDiff): void {
  const blocked = [...g.grew, ...g.shrank, ...g.same].filter(
    c => c.stayed.length > 0 && !c.group.benign && c.group.primitive !== 'none',
  )
  if (blocked.length === 0) return
  lines.push('  in the same place both times')
  for (const c of blocked.slice(0, ROWS)) {
    const ids = c.stayed.slice(0, 6).join(', ') + (c.stayed.length > 6 ? ', …' : '')
    const at = c.stayedNs === null ? '' : `, blocked for at least ${duration(Number(c.stayedNs))}`
    lines.push(
      `    ${counted(c.stayed.length, 'goroutine')} in ${place(c.group.frames, c.group.userFrame)}${at}: ${ids}`,
    )
  }
  rest(lines, blocked.length)
}

function rest(lines: string[], count: number): void {
  if (count > ROWS) lines.push(`    and ${count - ROWS} more`)
}

/** `cache.(*LRU).Get lru.go:88`. */
function place(frames: readonly Frame[], userFrame: number): string {
  const frame = frames[userFrame] ?? frames.find(f => !f.func.startsWith('runtime.')) ?? frames[0]
  if (!frame) return 'an unknown place'
  const end = frame.func.search(/[([{]/)
  const head = end === -1 ? frame.func : frame.func.slice(0, end)
  const file =
    frame.file === null
      ? ''
      : ` ${frame.file.slice(frame.file.lastIndexOf('/') + 1)}${frame.line === null ? '' : `:${frame.line}`}`
  return frame.func.slice(head.lastIndexOf('/') + 1) + file
}
