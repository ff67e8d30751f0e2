import type { Renderer } from '../src/model/renderer.js'
import { html } from './html/index.js'
import { json } from './json/index.js'
import { junit } from './junit/index.js'
import { markdown } from './markdown/index.js'
import { otlp } from './otlp/index.js'
import { sarif } from './sarif/index.js'
import { svgs } from './svg/index.js'
import { text } from './text/index.js'
import { traceEvent } from './trace-event/index.js'

/** Every output format, one line each. A renderer's own code is loaded when it is asked for. */
export const renderers: readonly Renderer[] = [html, text, markdown, json, ...svgs, sarif, junit, traceEvent, otlp]
