import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Ns } from '../model/time.js'

/** Fatal findings that lie so close together tell of one death. */
const ONE_DEATH_NS = 1e9
/** A dump that somebody asked for ends a process, but what it shows says why somebody asked. */
const ASKED_FOR = 'exit/dump-requested'

/**
 * The finding that explains the death or the hang: of the fatal findings about the victim the latest, and of several about
 * one death the one that stands first (the surest, the most specific); where nothing died, the first error. Null where there
 * is neither: nothing is wrong.
 *
 * @param findings worst and surest first, as `findAll` orders them
 */
export function chooseVerdict(findings: readonly Finding[], analysis: Analysis): Finding | null {
  const ofVictim = findings.filter(finding => isAbout(finding, analysis))
  const fatal =
    latest(ofVictim.filter(f => f.severity === 'fatal')) ?? latest(findings.filter(f => f.severity === 'fatal'))
  const hang = ofVictim.find(f => f.severity === 'error') ?? findings.find(f => f.severity === 'error') ?? null
  if (fatal?.rule === ASKED_FOR) return hang ?? fatal
  return fatal ?? hang
}

/** About the victim, or about no process in particular. */
function isAbout(finding: Finding, analysis: Analysis): boolean {
  const { victim } = analysis
  const { pid, unit } = finding.subject
  if (victim === null) return true
  if (pid !== undefined) return pid === victim.pid
  return unit === undefined || unit === analysis.unitByPid?.get(victim.pid)
}

function latest(findings: readonly Finding[]): Finding | null {
  const time = (f: Finding): Ns => f.ns ?? Number.NEGATIVE_INFINITY
  let chosen: Finding | null = null
  for (const finding of findings) if (chosen === null || time(finding) > time(chosen) + ONE_DEATH_NS) chosen = finding
  return chosen
}
