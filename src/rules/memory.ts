/** What a core's memory says of the object that goroutines wait for: no inference is needed for that. */
import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import type { Link } from '../model/finding.js'
import type { GoObject } from '../model/goroutine.js'
import { counted } from '../model/words.js'

/** The link about the object at an address of a dump; none where the dump holds no memory or not that object. */
export function memoryAt(analysis: Analysis, snapshot: number | undefined, address: string | null): Link[] {
  if (snapshot === undefined || address === null) return []
  const object = analysis.capture.snapshots[snapshot]?.objects.find(o => o.address === Number(address))
  const text = object && textOf(object)
  return object && text ? [{ text: `in memory, ${text}`, status: 'observed', refs: object.refs }] : []
}

/** The link about the channels that a group waits to send on or receive from. */
export function memoryOfChannels(analysis: Analysis, group: GoroutineGroup): Link[] {
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  if (!snapshot || snapshot.objects.length === 0) return []
  const ids = new Set(group.ids)
  const sends = group.primitive === 'channel-send'
  const channels = snapshot.objects.filter(
    o => o.kind === 'channel' && (sends ? o.senders : o.waiters).some(id => ids.has(id)),
  )
  if (channels.length === 0) return []
  if (channels.length === 1) return memoryAt(analysis, group.snapshot, `0x${channels[0].address.toString(16)}`)
  const other = channels.filter(o => (sends ? o.waiters : o.senders).length > 0).length
  return [
    {
      text: `in memory, the first ${group.ids.length} of them wait on ${counted(channels.length, 'channel')}, ${other === 0 ? `of which none has a goroutine that waits to ${sends ? 'receive' : 'send'}` : `${other} of which have another side`}`,
      status: 'observed',
      refs: channels.slice(0, 3).flatMap(o => o.refs.slice(0, 1)),
    },
  ]
}

/** The state of a runtime object in words; null where it tells nothing. */
function textOf({ kind, address, state, waiters, senders }: GoObject): string | null {
  const at = `0x${address.toString(16)}`
  switch (kind) {
    case 'mutex':
      return state.locked === undefined
        ? null
        : `mutex ${at} is ${state.locked ? 'locked' : 'not locked'} with ${counted(Number(state.waiters ?? waiters.length), 'waiter')}`
    case 'rwmutex': {
      const before = Number(state.readersBeforeWriter ?? 0)
      if (state.writerPending)
        return `RWMutex ${at} has a writer that waits until ${counted(before, 'reader')} that came before it ${before === 1 ? 'lets' : 'let'} go`
      return `RWMutex ${at} counts ${counted(Number(state.readers ?? 0), 'reader')}`
    }
    case 'waitgroup':
      return state.counter === undefined ? null : `the WaitGroup ${at} still counts ${state.counter}`
    case 'channel':
      return `channel ${at} holds ${state.len} of ${state.cap}${state.closed ? ', closed' : ''}; ${counted(waiters.length, 'goroutine')} ${waiters.length === 1 ? 'waits' : 'wait'} to receive, ${senders.length} to send`
    default:
      return null
  }
}
