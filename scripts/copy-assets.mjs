// Copies what the compiler does not: the page's style and script, the JSON Schemas.
import { chmodSync, cpSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

const ASSETS = new Set(['.css', '.json', '.proto'])
function copy(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) copy(path)
    else if (ASSETS.has(extname(name)) || name === 'page.js') cpSync(path, join('dist', path))
  }
}
for (const folder of ['src', 'parsers', 'reports']) copy(folder)
chmodSync('dist/src/cli.js', 0o755)
