import { unitOfFile } from '../shared/lifecycle/units.js'

export interface RecognisedUnit {
  form: 'file' | 'show'
  score: number
}

const SECTION = /^\[(?:Unit|Service|Install|Socket|Timer|Mount|Automount|Path|Slice|Scope|Swap)\][ \t\r]*$/m
/** Settings of unit files that no other format of `[Section]` and `Key=` has. */
const SETTING =
  /^(?:ExecStart|ExecStop|ExecStartPre|ExecReload|Restart|RestartSec|WantedBy|StandardOutput|StandardError|KillSignal|KillMode|TimeoutStopSec|IgnoreSIGPIPE|WatchdogSec|After|Requires|Type|OOMPolicy|MemoryMax|DefaultDependencies|ListenStream|OnCalendar)[ \t]*=/m
/** Properties that `systemctl show` prints of a unit, one is enough where all lines are properties. */
const PROPERTY =
  /^(?:Id|LoadState|ActiveState|SubState|FragmentPath|ExecMainStatus|ExecMainCode|ExecMainPID|MainPID|Result|NRestarts|RestartUSec|TimeoutStopUSec|UnitFileState|StandardOutput|IgnoreSIGPIPE|Restart|KillSignal|ExecStart)=/gm

/** Recognises a unit file (also the output of `systemctl cat`) or the properties of `systemctl show`. The path only settles doubts. */
export function recognise(head: Uint8Array, path: string): RecognisedUnit | null {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (SECTION.test(text)) {
    const named = unitOfFile(path) !== null || /^# \/\S+\.(?:service|socket|timer|conf)$/m.test(text)
    if (SETTING.test(text)) return { form: 'file', score: named ? 97 : 85 }
    return named ? { form: 'file', score: 70 } : null
  }
  const lines = text.split('\n', 400).filter(line => line.trim() !== '')
  if (lines.length < 2) return null
  const properties = lines.filter(line => /^[A-Z][A-Za-z0-9]{1,60}=/.test(line)).length
  if (properties < 0.95 * lines.length) return null
  const known = new Set(text.match(PROPERTY)).size
  if (known >= 3 || (known >= 2 && lines.length <= 10)) return { form: 'show', score: 90 }
  return null
}
