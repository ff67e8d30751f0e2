// Loading 250 small modules costs more than reading a small capture: the command line is bundled into a few files.
// dist/src/cli.js takes the bundle where it is; everything else (tests, worker threads) uses the modules as they were compiled.
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { build } from 'esbuild'

const OUT = 'dist/bundle'
const WITH_US = new Set(['commander', 'picocolors', '@iarna/toml'])
const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/** A module that looks for its neighbours by its own address must still find them where they were compiled to. */
const ownAddress = {
  name: 'own address',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return null
      const address = `new URL(${JSON.stringify(relative(resolve(OUT), path))}, import.meta.url).href`
      return { contents: text.replaceAll('import.meta.url', address), loader: 'js' }
    })
  },
}

await build({
  entryPoints: { main: 'dist/src/commands/index.js' },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Loaded by few commands, or not made for bundling. What every command needs (commander, picocolors) goes in.
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter(name => !WITH_US.has(name)),
  // commander is CommonJS and asks for Node's own modules by require.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  // Half of the text is comments and white space, which cost time to read at every start; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  chunkNames: '[name]-[hash]',
  plugins: [ownAddress],
  logLevel: 'warning',
})
