/** Chromium for tests of pages. Where there is none, the tests that need it say so and are skipped. */
import { existsSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of the browser, or null; says on standard error that tests are skipped. */
export function chromiumPath(): string | null {
  const path = PLACES.find(place => place && existsSync(place)) ?? null
  if (path === null) console.error('SKIPPED: no Chromium here (set CHROMIUM to its path); the pages were not opened')
  return path
}

export async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Opened {
  page: Page
  /** Everything that the page wrote to the console, and errors of its script. */
  messages: string[]
}

/** Opens an address in a fresh context; who opens it closes the context. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<Opened> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const messages: string[] = []
  page.on('console', message => messages.push(message.text()))
  page.on('pageerror', error => messages.push(error.message))
  await page.goto(url)
  return { page, messages }
}

/** Opens an address, gives the page to `use`, and closes it. */
export async function open<T>(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = await openPage(browser, url, options)
  try {
    return await use(opened)
  } finally {
    await opened.page.context().close()
  }
}
