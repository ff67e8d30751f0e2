/** The page as a reader meets it: in Chromium, with and without script, on a phone, under the policy of Jenkins, on paper. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chromiumPath, launch, type Opened, open, openPage } from '../../support/browser.js'
import { allReports, hostile, rendered } from '../../support/render.js'

const browserTests = suite('html page in a browser')
const path = chromiumPath()
const JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"

if (path === null) browserTests.skip('needs Chromium', () => {})
else {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrace-pages-'))
  const browser = await launch(path)
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const reports = await allReports()
  reports.push(['hostile names', hostile(reports[0][1])])
  const pages: { name: string; url: string; html: string; markdown: string }[] = []
  for (const [index, [name, report]] of reports.entries()) {
    const file = join(folder, `${index}.html`)
    const html = await rendered(report, 'html')
    writeFileSync(file, html)
    pages.push({ name, url: pathToFileURL(file).href, html, markdown: await rendered(report, 'markdown') })
  }
  const server = createServer((request, response) => {
    const index = Number(request.url!.slice(1))
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': JENKINS })
    response.end(pages[index].html)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const port = (server.address() as AddressInfo).port

  browserTests.after(async () => {
    await browser.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [index, { name, url, markdown }] of pages.entries()) {
    // The first tests share one page; opening a browser's context is the dear part.
    let shared: Opened
    browserTests(`${name}: runs under its own policy without a word on the console`, async () => {
      shared = await openPage(browser, url, { viewport: { width: 1300, height: 900 } })
      const { page, messages } = shared
      await page.locator('#b-theme').click()
      assert.is(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
      await page.locator('#b-theme').click()
      await page.keyboard.press('/')
      await page.keyboard.type('zzzz')
      await page.keyboard.press('Escape')
      assert.equal(messages, [])
    })

    browserTests(`${name}: the button copies what --format markdown gives`, async () => {
      const { page } = shared
      await page.evaluate('navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }')
      await page.locator('#b-md').click()
      assert.is(await page.evaluate('window.copied'), markdown)
    })

    browserTests(`${name}: every citation and every permalink arrives`, async () => {
      const missed = await shared.page.evaluate(`(async () => {
        const missed = []
        for (const hash of new Set([...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href')))) {
          location.hash = hash
          await new Promise(done => setTimeout(done, 0))
          const target = document.getElementById(hash.slice(1))
          if (!target || document.querySelector(':target') !== target || target.getClientRects().length === 0) missed.push(hash)
        }
        return missed
      })()`)
      assert.equal(missed, [])
    })

    browserTests(`${name}: axe finds nothing, in light and in dark`, async () => {
      const { page } = shared
      const violations = async (rules: string) =>
        await page.evaluate(
          `axe.run(document, { resultTypes: ['violations'], ${rules} }).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))`,
        )
      await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
      await page.evaluate(axe)
      assert.equal(await violations(''), [], 'light')
      // Of all rules only contrast depends on the colours.
      await page.evaluate("document.documentElement.dataset.theme = 'dark'")
      assert.equal(await violations("runOnly: ['color-contrast']"), [], 'dark')
    })

    browserTests(`${name}: prints`, async () => {
      const { page } = shared
      const pdf = await page.pdf({ format: 'A4' })
      assert.is(pdf.subarray(0, 5).toString(), '%PDF-')
      assert.ok(pdf.length > 8_000)
      await page.emulateMedia({ media: 'print' })
      assert.not.ok(await page.locator('.tools').isVisible())
      await page.context().close()
    })

    browserTests(`${name}: fits 420 pixels without scrolling sideways`, () =>
      open(browser, url, { viewport: { width: 420, height: 900 } }, async ({ page }) => {
        await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 420)
      }),
    )

    browserTests(`${name}: says everything without script, on a telephone too`, () =>
      open(browser, url, { javaScriptEnabled: false, viewport: { width: 420, height: 900 } }, async ({ page }) => {
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 420)
        assert.not.ok(await page.locator('.tools').isVisible())
        for (const selector of ['h1', '#provenance']) assert.ok(await page.locator(selector).isVisible(), selector)
      }),
    )

    browserTests(`${name}: stands under the policy of Jenkins, where neither style nor script runs`, () =>
      open(browser, `http://127.0.0.1:${port}/${index}`, {}, async ({ page, messages }) => {
        assert.ok(
          messages.some(m => m.includes('Content Security Policy')),
          'the policy holds',
        )
        assert.ok(await page.locator('h1').isVisible())
        assert.is(
          await page.evaluate(
            'document.styleSheets.length && [...document.styleSheets].flatMap(s => [...s.cssRules]).length',
          ),
          0,
        )
        for (const hidden of await page.locator('.tools, .narrow').all()) assert.not.ok(await hidden.isVisible())
        const unpainted = `[...document.querySelectorAll('svg rect, svg text, svg circle')].filter(e => !e.getAttribute('fill')).length`
        assert.is(await page.evaluate(unpainted), 0, 'every shape has its paint in an attribute')
      }),
    )
  }

  browserTests('the filter keeps the rows that hold every word', () =>
    open(browser, pages[0].url, {}, async ({ page }) => {
      await page.keyboard.press('/')
      await page.keyboard.type('goroutine 30')
      const shown = await page.evaluate(
        "[...document.querySelectorAll('.ev tbody tr')].filter(r => !r.hidden).map(r => r.id)",
      )
      assert.equal(shown, ['e-goroutines.txt-30'])
      await page.keyboard.press('Escape')
      assert.ok(
        Number(await page.evaluate("[...document.querySelectorAll('.ev tbody tr')].filter(r => !r.hidden).length")) >
          50,
      )
    }),
  )

  browserTests('shapes can be told apart where colours are forced', () =>
    open(browser, pages[0].url, { forcedColors: 'active' }, async ({ page }) => {
      assert.ok(await page.locator('svg.wide').isVisible())
      assert.is(
        await page.evaluate("getComputedStyle(document.querySelector('svg.wide pattern line')).stroke !== 'none'"),
        true,
      )
    }),
  )
}

browserTests.run()
