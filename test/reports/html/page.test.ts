/** The page as text: what can be said without a browser. */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allReports, hostile, rendered, TEXT_NASTIES } from '../../support/render.js'
import { sigpipeReport } from '../../support/reports.js'

const page = suite('html page')
const reports = await allReports()

for (const [name, report] of reports) {
  page(`${name}: every id is there once, and every link inside the page leads to one`, async () => {
    const html = await rendered(report, 'html')
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(m => m[1])
    assert.equal(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    )
    const known = new Set(ids)
    const dead = [...html.matchAll(/href="#([^"]*)"/g)].map(m => m[1]).filter(id => !known.has(id))
    assert.equal(dead, [])
  })

  page(`${name}: no inline style and no inline handler, one style and one script with their hashes`, async () => {
    const html = await rendered(report, 'html')
    const body = html.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '')
    assert.not.match(body, /<[^>]+\sstyle=/)
    assert.not.match(body, /<[^>]+\son[a-z]+=/)
    const style = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)]
    const script = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)]
    assert.is(style.length, 1)
    assert.is(script.length, 1)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1].replace(/&#39;/g, "'")
    const hash = (text: string) => createHash('sha256').update(text).digest('base64')
    assert.ok(policy.startsWith("default-src 'none'"))
    assert.ok(policy.includes(`style-src 'sha256-${hash(style[0][1])}'`))
    assert.ok(policy.includes(`script-src 'sha256-${hash(script[0][1])}'`))
  })

  page(`${name}: the JSON inside is JSON, and the page is small`, async () => {
    const html = await rendered(report, 'html')
    const json = /<script type="application\/json" id="sigtrace-report">([\s\S]*?)<\/script>/.exec(html)![1]
    assert.is(JSON.parse(json).schema, 'sigtrace.report/1')
    assert.ok(html.length < 600_000, `${html.length} bytes`)
  })

  page(`${name}: no rule id on the first screen`, async () => {
    const html = await rendered(report, 'html')
    const first = /<section id="verdict"[\s\S]*?<\/section>/.exec(html)![0]
    assert.not.match(first, />[a-z]+\/[a-z-]+</)
    if (report.verdict.rule) assert.not.ok(first.includes(report.verdict.rule))
  })
}

page('names of any kind come out as text', async () => {
  for (const [name, report] of reports) {
    const html = await rendered(hostile(report), 'html')
    assert.not.ok(html.includes('<svg onload'), name)
    assert.not.ok(html.includes('<img src=x'), name)
    assert.is(html.match(/<\/script>/g)!.length, 2, name)
    assert.not.match(html, /[\0\x1b\u202e\u202c\ud800-\udfff]/, name)
    assert.ok(html.length < 8_000_000, name)
  }
  assert.ok(TEXT_NASTIES.length > 10)
})

page('the same report gives the same bytes in every locale and time zone', () => {
  const run = (env: Record<string, string>) =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { rendered } = await import('${new URL('../../support/render.js', import.meta.url)}')
         const { sigpipeReport } = await import('${new URL('../../support/reports.js', import.meta.url)}')
         for (const id of ['html', 'markdown', 'svg', 'svg-card', 'json', 'text']) process.stdout.write(await rendered(sigpipeReport(), id))`,
      ],
      { env: { ...process.env, ...env }, maxBuffer: 1 << 26 },
    )
  const first = run({ TZ: 'UTC', LANG: 'C.UTF-8' })
  assert.ok(first.length > 100_000)
  assert.ok(first.equals(run({ TZ: 'Pacific/Chatham', LANG: 'de_DE.UTF-8', LC_ALL: 'tr_TR.UTF-8' })))
})

page('a report is told relative to the death, with units', async () => {
  const html = await rendered(sigpipeReport(), 'html')
  assert.ok(html.includes('−41.4 ms'))
  assert.ok(html.includes('no reader for 40.9 ms'))
  assert.ok(html.includes('Proven: 8 of 8 links observed'))
  assert.ok(html.includes('141 = 128 + 13'))
  assert.ok(html.includes('Times are relative to the death'))
  const report = sigpipeReport()
  report.timeline.focus = { ...report.timeline.focus!, zeroText: 'this finding' }
  assert.ok((await rendered(report, 'html')).includes('Times are relative to this finding'))
})

page.run()
