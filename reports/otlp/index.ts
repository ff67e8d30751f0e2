import type { Renderer } from '../../src/model/renderer.js'

export const otlp: Renderer = {
  id: 'otlp',
  title: 'processes, blocked calls and findings as a trace (OTLP/JSON)',
  extension: '.otlp.json',
  mime: 'application/json',
  async *render(report) {
    const { traceRequest } = await import('./trace.js')
    yield `${JSON.stringify(traceRequest(report), null, 2)}\n`
  },
}
