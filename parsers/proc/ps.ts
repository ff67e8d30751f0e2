/** Rows of ps(1) and top(1), and the tree of pstree(1): names, parents, states. */
import { utf8 } from '../../src/model/text.js'

export interface PsRow {
  pid: number
  tid: number | null
  ppid: number | null
  state: string | null
  wchan: string | null
  comm: string | null
  cmdline: string | null
}

const TID = ['TID', 'LWP', 'SPID']
const COMMAND = ['CMD', 'COMMAND']

/** Reader of the rows under a header, or null for a header that has no pid. */
export function psReader(header: string): ((line: string) => PsRow | null) | null {
  const columns = header.trim().split(/\s+/)
  const pidAt = columns.indexOf('PID')
  if (pidAt < 0) return null
  // `-o lstart` prints five words under one heading: "Tue Nov 24 20:44:48 2026".
  const lstart = columns.indexOf('STARTED')
  return line => {
    const words = line.trim().split(/\s+/)
    if (lstart >= 0 && /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/.test(words[lstart] ?? '')) words.splice(lstart, 5, '')
    if (words.length < columns.length || !/^\d{1,10}$/.test(words[pidAt])) return null
    const of = (names: string[]) => words[columns.findIndex(c => names.includes(c))] as string | undefined
    const number = (names: string[]) => (/^\d+$/.test(of(names) ?? '') ? Number(of(names)) : null)
    const state = of(['STAT', 'S'])
    const wchan = of(['WCHAN'])
    const last = columns.length - 1
    const ends = COMMAND.includes(columns[last])
    const text = ends ? utf8(words.slice(last).join(' ')).replace(/^(?:[|\\_ ]*\\_ )/, '') : null
    return {
      pid: Number(words[pidAt]),
      tid: number(TID),
      ppid: number(['PPID']),
      state: state && /^[A-Za-z]/.test(state) ? state[0] : null,
      wchan: wchan && wchan !== '-' ? wchan : null,
      comm: commOf(columns, words, text),
      cmdline: text,
    }
  }
}

/** The column of `-o comm` is headed COMMAND like that of `-o args`; as the last column it cannot be told from it. */
function commOf(columns: string[], words: string[], text: string | null): string | null {
  const at = columns.findIndex(c => COMMAND.includes(c))
  if (at >= 0 && at < columns.length - 1) return utf8(words[at])
  const first = text?.split(' ')[0]
  if (!first) return null
  const bracketed = /^\[(.+)\]$/.exec(first)
  return (bracketed ? bracketed[1] : first.slice(first.lastIndexOf('/') + 1)).slice(0, 15) || null
}

/** Names with pids of one line of `pstree -p`: `systemd(1)-+-agetty(123)`. Threads stand in braces and are left out. */
export function pstreeNames(line: string): { comm: string; pid: number }[] {
  const names: { comm: string; pid: number }[] = []
  for (const m of line.matchAll(/(?:^|[-─┬├└│|`+ ]+)([\w./:@-]{1,64})\((\d{1,7})\)/g))
    names.push({ comm: m[1].replace(/^[-+|`]+/, ''), pid: Number(m[2]) })
  return names
}
