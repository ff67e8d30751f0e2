import type { Renderer } from '../src/model/renderer.js'
import { json } from './json/index.js'
import { junit } from './junit/index.js'
import { otlp } from './otlp/index.js'
import { sarif } from './sarif/index.js'
import { text } from './text/index.js'
import { traceEvent } from './trace-event/index.js'

/** Every output format, one line each. A renderer's own code is loaded when it is asked for. */
export const renderers: readonly Renderer[] = [text, json, sarif, junit, traceEvent, otlp]
