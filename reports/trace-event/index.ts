import type { Renderer } from '../../src/model/renderer.js'

export const traceEvent: Renderer = {
  id: 'trace-event',
  title: 'timeline for Perfetto and chrome://tracing (Trace Event Format)',
  extension: '.trace.json',
  mime: 'application/json',
  async *render(report) {
    const { traceEvents } = await import('./events.js')
    let separator = '{"displayTimeUnit":"ns","traceEvents":[\n'
    for (const event of traceEvents(report)) {
      yield separator + JSON.stringify(event)
      separator = ',\n'
    }
    yield `${separator === ',\n' ? '' : separator}\n]}\n`
  },
}
