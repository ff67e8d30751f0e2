/** `strace.txt:42`, `core@4096`: a citation in words. */
export function refText(ref: { source: string; line?: number; offset?: number }): string {
  return ref.line !== undefined ? `${ref.source}:${ref.line}` : `${ref.source}@${ref.offset ?? 0}`
}
