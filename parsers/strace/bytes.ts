/** Kinds of bytes. */

/** 1 for bytes that names of system calls are made of: letters, digits, `_`, `#` (write#64), `?` (could not be read). */
export const NAME = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_#?') NAME[c.charCodeAt(0)] = 1

/** 1 for bytes that they begin with. */
export const NAME_START = NAME.slice()
for (const c of '0123456789#') NAME_START[c.charCodeAt(0)] = 0

const RESUMED = Buffer.from('resumed', 'latin1')

/** Whether the word of a second half stands at `i`: `<... read resumed>`. */
export function isResumed(buffer: Uint8Array, i: number): boolean {
  for (let k = 0; k < RESUMED.length; k++) if (buffer[i + k] !== RESUMED[k]) return false
  return true
}
