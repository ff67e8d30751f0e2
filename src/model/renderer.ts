import type { Report } from './report.js'

export interface RenderOptions {
  /** ANSI colours, for `text`. */
  color: boolean
  /** Columns of the terminal, for `text`. */
  width: number
  verbose: boolean
}

/** One output format. Renderers see the report and nothing else. */
export interface Renderer {
  /** The word for `--format`. */
  id: string
  title: string
  /** With the dot: `.html`. */
  extension: string
  mime: string
  render(report: Report, options: RenderOptions): AsyncIterable<string | Uint8Array>
}
