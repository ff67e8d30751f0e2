/**
 * Where the fields of the runtime's structures lie, in bytes, by Go version: runtime/runtime2.go, chan.go, netpoll.go and
 * time.go of each release, for 64-bit machines (amd64 and arm64 agree). DWARF, where the binary has it, overrules this.
 */

/** Fields by structure; a field that a version does not have is absent. */
export interface Layout {
  g: {
    stack: number
    stackguard0: number
    m: number
    sched: number
    syscallsp: number
    syscallpc: number
    atomicstatus: number
    goid: number
    waitsince: number
    waitreason: number
    lockedm: number
    parentGoid?: number
    gopc: number
    startpc: number
    waiting: number
    labels: number
    timer: number
    sleepWhen?: number
  }
  gobuf: { sp: number; pc: number; lr: number; bp: number }
  m: { g0: number; procid: number; gsignal: number; curg: number }
  sudog: { g: number; next: number; elem: number; ticket: number; isSelect: number; waitlink: number; c: number }
  hchan: { qcount: number; dataqsiz: number; elemsize: number; closed: number; recvq: number; sendq: number }
  pollDesc: { fd: number; rg: number; wg: number }
  timer: { when: number; period: number }
}

const GOBUF_TO_124 = { sp: 0, pc: 8, lr: 40, bp: 48 }
const GOBUF_FROM_125 = { sp: 0, pc: 8, lr: 32, bp: 40 }
const M_TO_124 = { g0: 0, procid: 72, gsignal: 80, curg: 192 }
const M_FROM_125 = { g0: 0, procid: 64, gsignal: 72, curg: 184 }
const SUDOG_TO_125 = { g: 0, next: 8, elem: 24, ticket: 48, isSelect: 52, waitlink: 64, c: 80 }
/** elem and c became pairs of a pointer for the collector and the address. */
const SUDOG_FROM_126 = { g: 0, next: 8, elem: 32, ticket: 56, isSelect: 60, waitlink: 72, c: 96 }
const HCHAN_TO_122 = { qcount: 0, dataqsiz: 8, elemsize: 24, closed: 28, recvq: 56, sendq: 72 }
/** A channel knows its timer. */
const HCHAN_FROM_123 = { qcount: 0, dataqsiz: 8, elemsize: 24, closed: 28, recvq: 64, sendq: 80 }

/** What all versions have in common up to `waitreason`. */
const G_START = { stack: 0, stackguard0: 16, m: 48, sched: 56 }
const G_TO_122 = {
  ...G_START,
  syscallsp: 112,
  syscallpc: 120,
  atomicstatus: 144,
  goid: 152,
  waitsince: 168,
  waitreason: 176,
}
const G_117_TO_120 = {
  ...G_TO_122,
  lockedm: 232,
  gopc: 296,
  startpc: 312,
  waiting: 328,
  labels: 360,
  timer: 368,
}
const G_FROM_123 = { ...G_TO_122, atomicstatus: 152, goid: 160, waitsince: 176, waitreason: 184 }
const G_FROM_125 = { ...G_TO_122, syscallsp: 104, syscallpc: 112 }

/** Newest first, so that the first whose `from` is not above the version holds. */
const LAYOUTS: readonly { from: number; layout: Layout }[] = [
  {
    from: 26,
    layout: {
      g: {
        ...G_FROM_125,
        lockedm: 208,
        parentGoid: 280,
        gopc: 288,
        startpc: 304,
        waiting: 320,
        labels: 352,
        timer: 360,
        sleepWhen: 368,
      },
      gobuf: GOBUF_FROM_125,
      m: M_FROM_125,
      sudog: SUDOG_FROM_126,
      hchan: HCHAN_FROM_123,
      pollDesc: { fd: 8, rg: 32, wg: 40 },
      timer: { when: 16, period: 24 },
    },
  },
  {
    from: 25,
    layout: {
      g: {
        ...G_FROM_125,
        lockedm: 208,
        parentGoid: 272,
        gopc: 280,
        startpc: 296,
        waiting: 312,
        labels: 344,
        timer: 352,
        sleepWhen: 360,
      },
      gobuf: GOBUF_FROM_125,
      m: M_FROM_125,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_FROM_123,
      pollDesc: { fd: 8, rg: 32, wg: 40 },
      timer: { when: 16, period: 24 },
    },
  },
  {
    from: 23,
    layout: {
      g: {
        ...G_FROM_123,
        lockedm: 216,
        parentGoid: 280,
        gopc: 288,
        startpc: 304,
        waiting: 320,
        labels: 352,
        timer: 360,
        sleepWhen: 368,
      },
      gobuf: GOBUF_TO_124,
      m: M_TO_124,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_FROM_123,
      pollDesc: { fd: 8, rg: 32, wg: 40 },
      timer: { when: 16, period: 24 },
    },
  },
  {
    from: 21,
    layout: {
      g: {
        ...G_TO_122,
        lockedm: 208,
        parentGoid: 272,
        gopc: 280,
        startpc: 296,
        waiting: 312,
        labels: 344,
        timer: 352,
      },
      gobuf: GOBUF_TO_124,
      m: M_TO_124,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_TO_122,
      pollDesc: { fd: 8, rg: 32, wg: 40 },
      timer: { when: 8, period: 16 },
    },
  },
  {
    from: 18,
    layout: {
      g: G_117_TO_120,
      gobuf: GOBUF_TO_124,
      m: M_TO_124,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_TO_122,
      pollDesc: { fd: 8, rg: 24, wg: 32 },
      timer: { when: 8, period: 16 },
    },
  },
  {
    from: 17,
    layout: {
      g: G_117_TO_120,
      gobuf: GOBUF_TO_124,
      m: M_TO_124,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_TO_122,
      pollDesc: { fd: 16, rg: 40, wg: 136 },
      timer: { when: 8, period: 16 },
    },
  },
  {
    from: 14,
    layout: {
      g: { ...G_TO_122, lockedm: 216, gopc: 280, startpc: 296, waiting: 312, labels: 344, timer: 352 },
      gobuf: GOBUF_TO_124,
      m: M_TO_124,
      sudog: SUDOG_TO_125,
      hchan: HCHAN_TO_122,
      pollDesc: { fd: 16, rg: 40, wg: 136 },
      timer: { when: 8, period: 16 },
    },
  },
]

/**
 * Layouts of the poll descriptor from Go 1.14 on. Fixes to races moved its fields in point releases too, so each is tried:
 * only the right one has the waiting goroutine in it.
 */
export const POLL_DESCS: readonly Layout['pollDesc'][] = [
  { fd: 8, rg: 32, wg: 40 },
  { fd: 8, rg: 24, wg: 32 },
  { fd: 16, rg: 40, wg: 136 },
]

/** Versions for which a table was written down and checked against a binary of that release. */
export const OLDEST_KNOWN = 15
export const NEWEST_KNOWN = 27

/** The layout of a minor version of Go 1; `exact` is false where it is the nearest one that is known. */
export function layoutFor(minor: number | null): { layout: Layout; exact: boolean } {
  const wanted = minor ?? NEWEST_KNOWN
  const found = LAYOUTS.find(l => l.from <= wanted) ?? LAYOUTS[LAYOUTS.length - 1]
  return { layout: found.layout, exact: minor !== null && minor >= OLDEST_KNOWN && minor <= NEWEST_KNOWN }
}

/** Every layout, newest first: to try where the version is not known or its layout does not fit. */
export function allLayouts(): Layout[] {
  return LAYOUTS.map(l => l.layout)
}
