/** The house: who may import whom. A wall that nobody checks is a line on a plan. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Import {
  file: string
  target: string
  /** `import('…')` rather than a static import. */
  dynamic: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found: Import[] = []
  for (const m of text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+'([^']+)'/gm))
    found.push({ file, target: m[1], dynamic: false })
  for (const m of text.matchAll(/^import '([^']+)'/gm)) found.push({ file, target: m[1], dynamic: false })
  for (const m of text.matchAll(/import\(\s*'([^']+)'/g)) found.push({ file, target: m[1], dynamic: true })
  return found.map(i => ({
    ...i,
    target: i.target.startsWith('.') ? posix.normalize(posix.join(dirname(file), i.target)) : i.target,
  }))
}

const all = ['src', 'parsers', 'reports'].flatMap(folder =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter(f => f.endsWith('.ts'))
    .flatMap(f => importsOf(join(folder, f))),
)
const LOCAL = /^(src|parsers|reports)\//
const local = all.filter(i => LOCAL.test(i.target))

/** Room of a file: the first two parts of its path, or one for `src/cli.ts`. */
const room = (path: string) => (/^(src|parsers|reports)\/[^/]+\//.exec(path)?.[0] ?? path).replace(/\/$/, '')

const rooms = suite('boundaries')

function allowed(from: RegExp, to: RegExp): void {
  const wrong = local.filter(i => from.test(i.file) && room(i.file) !== room(i.target) && !to.test(i.target))
  assert.equal(
    wrong.map(i => `${i.file} -> ${i.target}`),
    [],
  )
}

rooms('model imports nothing but itself', () => allowed(/^src\/model\//, /^$/))
rooms('parsers import the model and what all parsers share', () =>
  allowed(/^parsers\/[^/]+\//, /^(src\/model|parsers\/shared)\//),
)
rooms('correlate imports the model', () => allowed(/^src\/correlate\//, /^src\/model\//))
rooms('rules import the model', () => allowed(/^src\/rules\//, /^src\/model\//))
rooms('compose imports the model', () => allowed(/^src\/compose\//, /^src\/(model\/|version\.js)/))
rooms('redact imports the model', () => allowed(/^src\/redact\//, /^src\/model\//))
rooms('reports import the model and what all reports share', () =>
  allowed(/^reports\/[^/]+\//, /^(src\/model|reports\/shared)\/|^reports\/draw\//),
)
rooms('nothing imports a command but the command line', () => {
  assert.equal(
    local.filter(i => /^src\/commands\//.test(i.target) && !/^src\/(cli|commands\/)/.test(i.file)).map(i => i.file),
    [],
  )
})

for (const name of ['d3-node', 'node-pty', '@iarna/toml', 'fast-xml-parser'])
  rooms(`${name} is imported by one file and only when needed`, () => {
    const users = all.filter(i => i.target === name)
    const files = [...new Set(users.map(i => i.file))]
    assert.ok(files.length <= 1, files.join(', '))
    // The file itself may import it statically when it is only ever loaded on demand.
    for (const user of users) {
      const module = user.file.replace(/\.ts$/, '.js')
      const importers = all.filter(i => i.target === module)
      assert.ok(
        user.dynamic || (importers.length > 0 && importers.every(i => i.dynamic)),
        `${user.file} loads ${name} eagerly`,
      )
    }
  })

rooms.run()
