/** How a crashed program ended, as far as its process was seen. */
import type { Analysis } from '../../model/analysis.js'
import type { Link, Severity } from '../../model/finding.js'
import type { Crash } from '../crashes.js'
import { severityOf } from '../deaths.js'
import { nameOf, processActor } from '../shared.js'

export function severityOfCrash(crash: Crash, analysis: Analysis): Severity {
  return crash.process ? severityOf(crash.process, analysis) : 'fatal'
}

/** The exit that followed; null where neither the process nor a shell's `exit status` was seen. */
export function endLink(crash: Crash): Link | null {
  const { process } = crash
  if (process?.exit && process.exit.refs.length > 0) {
    const { exit } = process
    const actor = processActor(process)
    const how = exit.kind === 'killed' ? `was killed by ${exit.signal}` : `exited with status ${exit.code}`
    return {
      text: `${nameOf(process)} ${how}.`,
      status: 'observed',
      refs: exit.refs,
      ns: process.endNs,
      from: actor,
      to: actor,
      label: exit.kind === 'killed' ? `killed: ${exit.signal}` : `exit ${exit.code}`,
    }
  }
  if (crash.exitStatus === null) return null
  return {
    text: `It exited with status ${crash.exitStatus}.`,
    status: 'observed',
    refs: crash.refs.slice(-1),
    ns: crash.ns,
  }
}
