import type { Frame, Primitive } from '../../model/goroutine.js'

/** What a goroutine does, as the end of "goroutine 7 …". */
export function doing(primitive: Primitive, state: string, frames: readonly Frame[]): string {
  switch (primitive) {
    case 'none':
      return state === 'runnable' ? 'is ready to run' : state === 'running' ? 'runs' : `is ${state}`
    case 'syscall': {
      const call = frames.find(f => /^(?:syscall|golang\.org\/x\/sys\/unix)\.(?!(?:Raw)?Syscall)/i.test(f.func))
      return call
        ? `is in the system call ${call.func.slice(call.func.lastIndexOf('.') + 1).toLowerCase()}`
        : 'is in a system call'
    }
    case 'cgo':
      return 'is in C code'
    case 'netpoll':
      return 'waits for the network or a pipe'
    case 'sleep':
      return 'sleeps'
    case 'select':
      return 'waits in a select'
    case 'select-empty':
      return 'blocks for ever in select {}'
    case 'channel-send':
      return 'waits to send on a channel'
    case 'channel-receive':
      return 'waits to receive from a channel'
    case 'channel-nil':
      return 'blocks for ever on a nil channel'
    case 'waitgroup':
      return 'waits for a WaitGroup'
    case 'cond':
      return 'waits for a Cond'
    case 'mutex':
    case 'rwmutex-read':
    case 'rwmutex-write':
    case 'once':
    case 'fd-lock':
      return 'waits for another lock'
    default:
      return state === '' ? 'waits for what the dump does not name' : `is in state ${state}`
  }
}
