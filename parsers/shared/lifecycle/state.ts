import type { LifecycleEvent, UnitFile } from '../../../src/model/lifecycle.js'
import type { Sink } from '../../../src/model/parser.js'
import { signalName, signalNumber } from '../../../src/model/signal-names.js'
import type { Source } from '../../../src/model/source.js'
import { readStamp } from '../journal/stamp.js'

/** How the main process ended, as `systemctl show` numbers it: CLD_EXITED, CLD_KILLED, CLD_DUMPED (waitid(2)). */
const CODES: Record<string, 'exited' | 'killed' | 'dumped'> = {
  '1': 'exited',
  '2': 'killed',
  '3': 'dumped',
  exited: 'exited',
  killed: 'killed',
  dumped: 'dumped',
}

/**
 * Makes events of the state that `systemctl show` and `systemctl status` print: how the main process ended, and the result.
 * A death that the journal does not tell (SIGPIPE counts as clean) stands here with its signal.
 *
 * `timeOf`: ns on the clock of the source for a date as systemd prints it; where the source has no other clock, its dates make one.
 */
export function emitState(
  source: Source,
  unit: UnitFile,
  sink: Sink,
  timeOf: (date: string) => number | null = date => timeOn(source, date),
): void {
  const of = (key: string) => unit.directives.find(d => d.key === key)
  const pid = Number(of('ExecMainPID')?.value ?? 0)
  const how = CODES[of('ExecMainCode')?.value ?? '']
  const status = of('ExecMainStatus')
  if (how !== undefined && status) {
    // `systemctl show` prints the bare number, `systemctl status` its name as well: `203/EXEC`.
    const [word, name] = status.value.split('/')
    const number = /^\d+$/.test(word) ? Number(word) : signalNumber(word)
    const exited = how === 'exited'
    const at = of('ExecMainExitTimestamp') ?? of('InactiveEnterTimestamp')
    sink.lifecycle.push({
      ...blank(source, unit, status),
      kind: 'process-exited',
      ns: at && at.value !== '' ? timeOf(at.value) : null,
      pid: pid > 0 ? pid : null,
      code: exited ? number : null,
      signal: exited || number === null ? null : signalName(number),
      text: `${unit.unit}: main process ${exited ? `exited with status ${status.value}` : `${how} by signal ${status.value}`}`,
      detail: { process: 'main', how, from: 'state', ...(exited && name !== undefined && { status: name }) },
    })
  }
  const result = of('Result')
  const state = of('ActiveState')?.value
  const since = of('InactiveEnterTimestamp') ?? of('StateChangeTimestamp')
  if (result && result.value !== 'success' && state !== 'active')
    sink.lifecycle.push({
      ...blank(source, unit, result),
      kind: 'failed',
      ns: since && since.value !== '' ? timeOf(since.value) : null,
      result: result.value,
      text: `${unit.unit}: Result=${result.value}`,
      detail: { from: 'state' },
    })
}

function blank(
  source: Source,
  unit: UnitFile,
  directive: UnitFile['directives'][number],
): Omit<LifecycleEvent, 'kind' | 'text' | 'ns'> & { source: string } {
  return {
    source: source.path,
    unit: unit.unit === '' ? null : unit.unit,
    pid: null,
    comm: null,
    signal: null,
    code: null,
    result: null,
    refs: [directive.ref],
    detail: {},
  }
}

/** ns relative to the source's clock, which the first whole date sets up; null where its zone is not known. */
function timeOn(source: Source, text: string): number | null {
  const stamp = readStamp(`${text} `)
  if (stamp?.micros == null || stamp.clock !== 'realtime') return null
  const at = BigInt(Math.round(stamp.micros)) * 1000n
  if (source.clock.base === null) source.clock = { domain: 'realtime', base: at, resolutionNs: stamp.resolutionNs }
  return source.clock.domain === 'realtime' ? Number(at - source.clock.base!) : null
}
