// Compiles the inner loops, parsers/*/assembly/*.ts, to WebAssembly beside what the compiler makes of the other files.
import { mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import asc from 'assemblyscript/asc'

for (const parser of readdirSync('parsers')) {
  const folder = join('parsers', parser, 'assembly')
  let names = []
  try {
    names = readdirSync(folder).filter(name => name.endsWith('.ts'))
  } catch {
    continue
  }
  mkdirSync(join('dist', folder), { recursive: true })
  for (const name of names) {
    const out = join('dist', folder, `${basename(name, '.ts')}.wasm`)
    const { error, stderr } = await asc.main([
      join(folder, name),
      '--outFile',
      out,
      // The loops allocate nothing: they work in memory that is laid out when they are compiled.
      ...['--runtime', 'stub', '--noAssert', '--enable', 'simd', '-O3'],
    ])
    if (error === null) continue
    process.stderr.write(`${stderr}${error.message}\n`)
    process.exitCode = 1
  }
}
