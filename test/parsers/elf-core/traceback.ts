/** A small reader of Go's own tracebacks (GOTRACEBACK=crash and system): the truth that cores are compared with. */

export interface TracedGoroutine {
  id: number
  state: string
  /** `func file:line`, innermost first. */
  frames: string[]
  createdBy: string | null
  /** The printing thread could not reach its stack: it follows as a relay of the thread's own, or not at all. */
  unavailable: boolean
}

/** Goroutines of a traceback by id; the first that has frames counts, for relays repeat what came before. */
export function readTraceback(text: string): Map<number, TracedGoroutine> {
  const found = new Map<number, TracedGoroutine>()
  let now: TracedGoroutine | null = null
  let func: string | null = null
  for (const line of text.split('\n')) {
    const header = /^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\],]+)/.exec(line)
    if (header) {
      now = { id: Number(header[1]), state: header[2], frames: [], createdBy: null, unavailable: false }
      func = null
      if ((found.get(now.id)?.frames.length ?? 0) === 0) found.set(now.id, now)
    } else if (now === null) continue
    else if (line === '' || line === '-----') now = null
    else if (line.includes('stack unavailable')) now.unavailable = true
    else if (line.startsWith('\t')) {
      const place = /^\t(.*):(\d+)/.exec(line)
      if (func === null || place === null) continue
      const text = `${func} ${place[1]}:${place[2]}`
      if (func.startsWith('created by ')) now.createdBy = text.slice('created by '.length)
      else now.frames.push(text)
      func = null
    } else if (line.startsWith('created by ')) func = line.replace(/ in goroutine \d+$/, '')
    else {
      const call = /^(.+)\([^()]*\)$/.exec(line.replace(/\{[^(]*\}/g, ''))
      func = call ? call[1].replace(/^panic$/, 'runtime.gopanic') : null
    }
  }
  return found
}
