#!/usr/bin/env node
import { VERSION } from './version.js'

// Answered before anything else is loaded: shells and scripts ask for it all the time.
if (process.argv[2] === '--version' || process.argv[2] === '-V') console.log(VERSION)
else {
  const { analyze } = await import('./pipeline/analyze.js')
  const paths = process.argv.slice(3).filter(a => !a.startsWith('-'))
  process.stdout.write(`${JSON.stringify(await analyze(paths))}\n`)
}
