/** Names of calls as they are shown. */
import { nameLength } from './call-text.js'
import { NUMBERED } from './keep.js'

/** The name at the start of a call's text, or of a second half: `kill(…`, `<... kill resumed>…`. */
export function nameOf(text: string): string {
  const at = text.startsWith('<... ') ? 5 : 0
  const name = text.slice(at, at + nameLength(text, at))
  return NUMBERED.get(name) ?? name
}
