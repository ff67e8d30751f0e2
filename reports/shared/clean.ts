/** Text of an input without control characters and bidirectional marks: for terminals, XML and other plain carriers. */
export function withoutControls(text: string): string {
  return text.replace(
    /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g,
    '\ufffd',
  )
}

/** `strace.txt:42`, `core@4096`: a citation in words. */
export function refText(ref: { source: string; line?: number; offset?: number }): string {
  return ref.line !== undefined ? `${ref.source}:${ref.line}` : `${ref.source}@${ref.offset ?? 0}`
}
