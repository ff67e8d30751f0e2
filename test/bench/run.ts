/**
 * `npm run bench`: speed as ratios to the least that the same work can cost, in the same run. Nothing here passes or fails.
 *
 *   node dist/test/bench/run.js [MB]
 */
import { benchGoroutines } from './goroutines.js'
import { benchStartup } from './startup.js'
import { benchStrace } from './strace.js'

const megabytes = Number(process.argv[2] ?? 200)
benchStartup()
const once = benchStrace(megabytes)
const more = benchStrace(megabytes * 5)
console.log(`strace: five times the log takes ${(more / once).toFixed(1)} times as long (linear: at most 5)`)
benchGoroutines(megabytes)
