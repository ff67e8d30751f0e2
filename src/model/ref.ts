/**
 * A citation: the place in an input that a claim rests on.
 *
 * Parsers make refs with the *path of the source inside the capture*; the line is 1-based, the offset a byte offset
 * from 0. A ref has one of the two: text inputs have lines, binary inputs offsets.
 */
export interface Ref {
  source: string
  line?: number
  offset?: number
}

/** A key under which two refs to the same place are equal. */
export function refKey(ref: Ref): string {
  return ref.line !== undefined ? `${ref.source}:${ref.line}` : `${ref.source}@${ref.offset ?? 0}`
}
