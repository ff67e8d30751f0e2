/** The page keeps its size whatever the input. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { largeReport } from '../../support/large.js'
import { rendered } from '../../support/render.js'

const size = suite('html page of a very large report')
const report = largeReport()
const html = await rendered(report, 'html')

size('stays below two megabytes', () => {
  assert.ok(html.length > 300_000, 'it shows something')
  assert.ok(Buffer.byteLength(html) < 2_000_000, `${Buffer.byteLength(html)} bytes`)
})

size('draws at most 1,500 elements in one picture', () => {
  for (const [svg] of html.matchAll(/<svg[\s\S]*?<\/svg>(?!<\/)/g)) {
    const elements = svg.match(/<[a-z]/g)!.length
    assert.ok(elements <= 1_500, `${elements} elements`)
  }
})

size('says in numbers what it leaves out', () => {
  for (const text of ['1,851 more processes', '19,850 more', 'more lanes not drawn', '420 more groups'])
    assert.ok(html.includes(text), text)
})

size('costs a small multiple of what writing the report as JSON costs', async () => {
  // A ratio, measured in turns: a busy machine slows both.
  let page = 0
  let json = 0
  for (let turn = 0; turn < 3; turn++) {
    let start = performance.now()
    JSON.stringify(report)
    json += performance.now() - start
    start = performance.now()
    await rendered(report, 'html')
    page += performance.now() - start
  }
  assert.ok(page < json * 8, `${Math.round(page)} ms against ${Math.round(json)} ms`)
})

size('every link inside the page leads somewhere', () => {
  const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(m => m[1]))
  const dead = [...html.matchAll(/href="#([^"]*)"/g)].map(m => m[1]).filter(id => !ids.has(id))
  assert.equal(dead.slice(0, 5), [])
})

size.run()
