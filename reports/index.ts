import type { Renderer } from '../src/model/renderer.js'
import { json } from './json/index.js'
import { text } from './text/index.js'

/** Every output format, one line each. A renderer's own code is loaded when it is asked for. */
export const renderers: readonly Renderer[] = [text, json]
