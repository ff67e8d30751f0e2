/** Small tools for the bytes of text inputs, for every room. */

export const NEWLINE = 10

/**
 * The lines of an input, without their line ends (LF or CRLF), numbered from 1, decoded as latin1: one character is one
 * byte, so columns are byte offsets. `limit` cuts longer lines (a 1 GB line must not become a string).
 */
export function* linesOf(
  chunks: Iterable<Uint8Array>,
  limit = 1 << 20,
): Generator<{ line: number; text: string; cut: boolean }> {
  let line = 1
  let held = ''
  let cut = false
  for (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      const room = limit - held.length
      if (end - start > room) cut = true
      const text = held + buffer.toString('latin1', start, Math.min(end, start + room))
      yield { line, text: text.endsWith('\r') ? text.slice(0, -1) : text, cut }
      line++
      held = ''
      cut = false
      start = end + 1
    }
    const room = limit - held.length
    if (buffer.length - start > room) cut = true
    held += buffer.toString('latin1', start, Math.min(buffer.length, start + room))
  }
  if (held !== '' || cut) yield { line, text: held.endsWith('\r') ? held.slice(0, -1) : held, cut }
}

/** UTF-8 text of a latin1 string (one character per byte), replacement characters where it is not UTF-8. */
export function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

/** Without ANSI escape sequences (CSI and OSC). */
export function withoutAnsi(text: string): string {
  return text.includes('\x1b') ? text.replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g, '') : text
}
