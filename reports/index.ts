import type { Renderer } from '../src/model/renderer.js'

/** Every output format, one line each. A renderer's own code is loaded when it is asked for. */
export const renderers: readonly Renderer[] = []
