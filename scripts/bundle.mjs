// Loading 250 small modules costs more than reading a small capture: the command line is bundled into one file.
// src/commands/bundle.ts loads it; everything else (tests, worker threads) uses the modules as they were compiled.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { build } from 'esbuild'

const OUT = 'dist/bundle/main.cjs'
const WITH_US = new Set(['commander', 'picocolors', '@iarna/toml'])
const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/**
 * A module that looks for its neighbours by its own address must still find them where they were compiled to. And a script
 * whose compiled code was kept cannot import: src/commands/bundle.ts does it in its place.
 */
const elsewhere = {
  name: 'elsewhere',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const address = `new URL(${JSON.stringify(relative(resolve(dirname(OUT)), path))}, ownAddress).href`
      const contents = text.replaceAll('import.meta.url', address).replaceAll(/\bimport\('(?![./])/g, "importPackage('")
      return { contents, loader: 'js' }
    })
  },
}

await build({
  entryPoints: ['dist/src/commands/index.js'],
  outfile: OUT,
  bundle: true,
  // Code that V8 compiled before can be given to a script, not to a module.
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Loaded by few commands, or not made for bundling. What every command needs (commander, picocolors) goes in.
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter(name => !WITH_US.has(name)),
  // A function that src/commands/bundle.ts calls: put around it there, the text would be copied once more.
  banner: {
    js: `(function (exports, require, module, __filename, importPackage) {
const ownAddress = require('node:url').pathToFileURL(__filename);`,
  },
  footer: { js: '})' },
  // Half of the text is comments and white space, which cost time to read at every start; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [elsewhere],
  logLevel: 'warning',
})

// One byte for a character, not two: regular expressions keep what is beyond ASCII.
const escaped = c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
writeFileSync(OUT, readFileSync(OUT, 'utf8').replace(/[^\x00-\x7f]/g, escaped))
