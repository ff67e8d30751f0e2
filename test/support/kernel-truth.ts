/**
 * What the kernel itself recorded of the signals of a run, beside strace's log of it: tracepoints signal_generate (GEN) and
 * signal_deliver (DEL), one row each.
 */
const STRACE = 'strace'
const SIGCHLD = 17
/** SIGPIPE and SIGXFSZ bear SI_USER and the writer's own pid, yet the kernel raised them. */
const OF_A_WRITE = new Set([13, 25])
const IGNORED_BY_DEFAULT = new Set([17, 23, 28])
const STOPS = new Set([19, 20, 21, 22])

export interface Expected {
  number: number
  /** Nanoseconds since the epoch. */
  ns: bigint
  pid: number
  tid: number
  /** Null for a signal that the kernel made. */
  sender: number | null
  receiver: number | null
  outcomes: string[]
}

interface Row {
  event: string
  ns: bigint
  fromTgid: number
  fromTid: number
  number: number
  toTid: number
  code: number
  how: string
  result: string
}

function rowsOf(tsv: string): Row[] {
  return tsv
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split('\t'))
    .filter(f => f[4] !== STRACE && f[7] !== STRACE && Number(f[5]) !== SIGCHLD)
    .map(f => {
      const [seconds, fraction] = f[1].split('.')
      return {
        event: f[0],
        ns: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')),
        fromTgid: Number(f[2]),
        fromTid: Number(f[3]),
        number: Number(f[5]),
        toTid: Number(f[6]),
        code: Number(f[8]),
        how: f[9],
        result: f[10],
      }
    })
}

/** The signals that the kernel generated, with what became of each. SIGCHLD and those of strace itself are left out. */
export function expectedSignals(tsv: string): Expected[] {
  const rows = rowsOf(tsv)
  const processOf = new Map<number, number>()
  for (const r of rows) {
    if (r.event === 'DEL') processOf.set(r.toTid, r.fromTgid)
    if (r.fromTid) processOf.set(r.fromTid, r.fromTgid)
  }
  const used = new Set<Row>()
  // What the kernel made and dropped at once leaves no trace for strace to show.
  return rows
    .filter(r => r.event === 'GEN' && !(r.result === 'ignored' && r.code > 0))
    .map(g => {
      const pid = processOf.get(g.toTid) ?? g.toTid
      const byWrite = g.fromTid === g.toTid && g.how === 'thread' && g.code === 0 && OF_A_WRITE.has(g.number)
      const sender = g.fromTgid === 0 || g.code > 0 || g.code === -2 || byWrite ? null : g.fromTgid
      const base = { number: g.number, ns: g.ns, pid, tid: g.toTid, sender, receiver: null }
      if (g.result === 'already_pending') return { ...base, outcomes: ['coalesced'] }
      if (g.result === 'ignored') return { ...base, outcomes: ['ignored'] }
      if (g.result === 'overflow_fail') return { ...base, outcomes: ['failed'] }
      const d = rows.find(
        r =>
          r.event === 'DEL' &&
          !used.has(r) &&
          r.number === g.number &&
          r.fromTgid === pid &&
          r.ns >= g.ns - 1000n &&
          (g.how === 'group' || r.toTid === g.toTid),
      )
      if (!d) return { ...base, outcomes: ['pending', 'consumed'] }
      used.add(d)
      return { ...base, receiver: d.toTid, outcomes: [outcomeOf(d)] }
    })
}

function outcomeOf({ how, number }: Row): string {
  if (how === 'handler') return 'handled'
  if (how === 'SIG_IGN') return 'ignored'
  if (number === 18) return 'continued'
  if (STOPS.has(number)) return 'stopped'
  return IGNORED_BY_DEFAULT.has(number) ? 'ignored' : 'killed'
}
