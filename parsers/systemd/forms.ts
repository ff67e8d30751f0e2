export type Form = 'status' | 'core-info' | 'core-list' | 'core-json'

/** `● ingest.service - Ingest`: the bullet is a dot, a circle, a cross or an arrow, `*` and `x` where the locale has no UTF-8. */
export const STATUS_HEAD =
  /^(?:[●○×↻*x] )?(\S+\.(?:service|socket|scope|slice|mount|swap|target|timer|path|device|automount))(?: - (.*))?$/

/** Recognises the output of `systemctl status` and of coredumpctl. */
export function recognise(head: Uint8Array): { form: Form; score: number } | null {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8')
  if (
    /^ *PID: \d+(?: \(|$)/m.test(text) &&
    /^ *Signal: \d+/m.test(text) &&
    /^ *(?:Boot ID|Storage|Timestamp|Coredump): /m.test(text)
  )
    return { form: 'core-info', score: 97 }
  if (/^TIME +PID +UID +GID +SIG +(?:COREFILE|PRESENT)? *EXE/m.test(text)) return { form: 'core-list', score: 97 }
  if (/^\s*\[/.test(text) && /"corefile"\s*:/.test(text) && /"sig"\s*:/.test(text))
    return { form: 'core-json', score: 99 }
  if (/^ {2,8}Loaded: \S/m.test(text) && /^ {2,8}Active: \S/m.test(text)) {
    const lines = text.split('\n', 200)
    if (lines.some(line => STATUS_HEAD.test(line))) return { form: 'status', score: 98 }
  }
  return null
}
