#!/usr/bin/env node
import { loadBundle } from './commands/bundle.js'
import { VERSION } from './version.js'

// Answered before anything else is loaded: shells and scripts ask for it all the time.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) console.log(VERSION)
else {
  // Without the bundle the modules do as well.
  const { main } = loadBundle()?.commands ?? (await import('./commands/index.js'))
  await main(process.argv.slice(2))
}
