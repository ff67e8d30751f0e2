import type { Journal } from '../../model/journal.js'
import type { Mark } from './vote.js'

/** Words that can name one and the same event on two hosts: request ids, transaction ids, addresses with ports. */
const TOKEN = /[A-Za-z0-9][\w.:-]{4,63}/g
const TOKENS_PER_ENTRY = 16
/** A word that a host logs more often names no event. */
const OFTEN = 4
/** Versions, kernel and bus addresses, plain short numbers: the same on many machines, whatever happens. */
const COMMON = /^(?:v?\d+(?:\.\d+)+[\w.-]*|0x[0-9a-fA-F]+|[0-9a-fA-F]{4}:[0-9a-fA-F]{2}[\w:.]*|\d{1,4})$/
/** Machines of one kind start alike: the words of the kernel and of systemd come in the same order, hours apart. */
const STARTUP = /^(?:kernel$|systemd|dracut|udev|init$)/

/**
 * The rare words of a journal with a number in them, when they were logged. Whether a word means the same on another host is
 * not known here: the vote over all of them tells.
 */
export function journalTokens(journal: Journal): Mark[] {
  const times = new Map<string, number[]>()
  for (const { ns, message, transport, identifier } of journal.entries) {
    if (ns === null || message === null || transport === 'kernel' || STARTUP.test(identifier ?? '')) continue
    let left = TOKENS_PER_ENTRY
    for (const [token] of message.slice(0, 4096).matchAll(TOKEN)) {
      if (!/\d.*\d/.test(token) || COMMON.test(token)) continue
      if (left-- === 0) break
      const known = times.get(token)
      if (!known) times.set(token, [ns])
      else if (known.length <= OFTEN) known.push(ns)
    }
  }
  const marks: Mark[] = []
  for (const [key, all] of times) if (all.length <= OFTEN) for (const ns of all) marks.push({ ns, key })
  return marks
}
