#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { VERSION } from './version.js'

// Answered before anything else is loaded: shells and scripts ask for it all the time.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) console.log(VERSION)
else {
  // A few files load faster than hundreds; scripts/bundle.mjs makes them. Without them the modules do as well.
  const bundle = new URL('../bundle/main.js', import.meta.url)
  const { main }: typeof import('./commands/index.js') = await import(
    existsSync(bundle) ? bundle.href : './commands/index.js'
  )
  await main(process.argv.slice(2))
}
