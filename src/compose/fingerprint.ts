import { createHash } from 'node:crypto'
import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'

/** Frames of a stack that go into the fingerprint: enough to tell two places apart, few enough to survive an edit. */
const FRAMES = 4
const GROUPS = 8

/**
 * The same death has the same fingerprint: 16 hex digits over the rule, the program, the steps of the verdict and the
 * user's frames of the goroutines that it speaks of. Pids, times, addresses and line numbers are not in it.
 */
export function fingerprint(verdict: Finding | null, analysis: Analysis): string {
  if (!verdict) return createHash('sha256').update('sigtrace/1\nnothing').digest('hex').slice(0, 16)
  const program = verdict.subject.comm ?? analysis.victim?.comm ?? verdict.subject.unit ?? ''
  const parts = ['sigtrace/1', verdict.rule, program]
  for (const link of verdict.chain) if (link.label) parts.push(link.label.replace(/\d+/g, '#'))
  const cited = new Set(verdict.chain.flatMap(link => link.refs.map(ref => `${ref.source}:${ref.line ?? ref.offset}`)))
  const groups = analysis.groups
    .filter(group => group.refs.some(ref => cited.has(`${ref.source}:${ref.line ?? ref.offset}`)))
    .map(group => {
      const frames = group.userFrame > 0 ? group.frames.slice(group.userFrame) : group.frames
      return `${group.primitive} ${frames
        .slice(0, FRAMES)
        .map(frame => frame.func)
        .join(' ')}`
    })
  parts.push(...[...new Set(groups)].sort().slice(0, GROUPS))
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}
