/** The report for a ticket. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { largeReport } from '../../support/large.js'
import { allReports, hostile, rendered } from '../../support/render.js'
import { sigpipeReport } from '../../support/reports.js'

const markdown = suite('markdown')
const reports = await allReports()

markdown('says what happened, how sure that is, how we know, what to change, and cites', async () => {
  const text = await rendered(sigpipeReport(), 'markdown')
  for (const part of [
    '### ingest died of SIGPIPE: nobody was reading its stderr\n',
    '**Confidence**: Proven: 8 of 8 links observed',
    '2. −503 µs: Thread 21627 wrote 46 bytes to fd 2, the same pipe `strace.log:1467`',
    '**What to change**',
    '```diff\n func main() {\n+\tsignal.Ignore(syscall.SIGPIPE)',
    'Exit status `141`: 128 + 13',
    'Fingerprint `9f3a1c7e00112233`',
  ])
    assert.ok(text.includes(part), part)
})

markdown('is sized for a ticket, whatever the report', async () => {
  for (const [name, report] of [...reports, ['very large', largeReport()] as const]) {
    const text = await rendered(report, 'markdown')
    assert.ok(text.length < 12_000, `${name}: ${text.length}`)
    assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'), name)
  }
})

markdown('names of any kind stay text: no markup, no mention, no fence that ends early', async () => {
  const text = await rendered(hostile(sigpipeReport()), 'markdown')
  const fence = /^(`{3,})[a-z]*\n[\s\S]*?\n\1$/gm
  const outside = text.replace(fence, '').replace(/``[^\n]*?``|`[^`\n]*`/g, '')
  assert.not.match(outside, /(?<!\\)<[a-z/!]/i)
  assert.not.match(text, /[\0\x1b\u202e]/)
  assert.not.match(outside, /(?<!\\)\[[^\]]*\]\(/)
})

markdown('a fence is longer than what stands in it', async () => {
  const report = sigpipeReport()
  report.findings[0].remedies[0].code = 'a\n```\nb'
  assert.ok((await rendered(report, 'markdown')).includes('````\na\n```\nb\n````'))
})

markdown.run()
