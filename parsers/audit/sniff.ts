const LINES = 60
const RECORD = /^(?:node=\S{1,255} )?type=[A-Z0-9_]{1,40}(?:\[\d+\])? msg=audit\([^)]{10,40}\) ?:/
/** dmesg and the journal's kernel lines: `[ 3445.586094] audit: type=1300 audit(1795479513.145:5): …`. */
const KERNEL = /^.{0,80}\baudit: (?:\[\d+\]: )?type=\d{4} audit\(\d{9,12}\.\d{3}:\d+\): /

/** Score of an input as audit records. A kernel log in which audit lines are the minority is another parser's. */
export function sniffAudit(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 32 * 1024))
  if (!bytes.includes('audit(')) return 0
  const text = bytes.toString('latin1')
  let records = 0
  let kernel = 0
  let lines = 0
  for (const line of text.split('\n', LINES)) {
    if (line.trim() === '') continue
    lines++
    if (RECORD.test(line)) records++
    else if (KERNEL.test(line)) kernel++
  }
  if (records > 0) return 95
  return kernel * 2 > lines ? 92 : 0
}
