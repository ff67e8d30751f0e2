/** Loads the inner loops that are compiled to WebAssembly (`parsers/<name>/assembly/`, scripts/assemble.mjs). */
import { readFileSync } from 'node:fs'

/** Node has it, but for `node --jitless`; its types come with those of a browser, which are not asked for here. */
declare const WebAssembly:
  | {
      Module: new (bytes: Uint8Array) => object
      Instance: new (module: object) => { exports: Record<string, unknown> }
    }
  | undefined

/** A module that was loaded: its memory, which does not grow, its functions, and its constants. */
export interface Assembly<Functions> {
  buffer: ArrayBuffer
  functions: Functions
  /** An exported constant, most of them places in the memory; undefined where there is none of the name. */
  constant(name: string): number | undefined
}

/** The module in a file; null where Node runs without WebAssembly. Takes about a millisecond. */
export function loadAssembly<Functions>(file: URL): Assembly<Functions> | null {
  if (typeof WebAssembly === 'undefined') return null
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)))
  return {
    buffer: (exports.memory as { buffer: ArrayBuffer }).buffer,
    functions: exports as Functions,
    constant: name => (exports[name] as { value: number } | undefined)?.value,
  }
}
