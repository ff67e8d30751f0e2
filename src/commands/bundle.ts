/**
 * The command line as one file (scripts/bundle.mjs), with what V8 has made of it before (scripts/compile.mjs): reading and
 * compiling a megabyte of JavaScript costs more than reading a small capture.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

type Commands = typeof import('./index.js')

/** Where the bundle is, and what V8 made of it. */
const FILE = fileURLToPath(new URL('../../bundle/main.cjs', import.meta.url))
export const COMPILED = fileURLToPath(new URL('../../bundle/main.compiled', import.meta.url))

/** The bundle, and its script; null where it has not been built. Compiled code of another Node is of no use and not used. */
export function loadBundle(): { commands: Commands; script: Script } | null {
  if (!existsSync(FILE)) return null
  const script = new Script(readFileSync(FILE, 'latin1'), {
    filename: FILE,
    cachedData: existsSync(COMPILED) ? readFileSync(COMPILED) : undefined,
  })
  const module = { exports: {} as Commands }
  const importPackage = (name: string) => import(name)
  script.runInThisContext()(module.exports, createRequire(FILE), module, FILE, importPackage)
  return { commands: module.exports, script }
}
