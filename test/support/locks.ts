/** Writes debug=2 dumps of goroutines that hold some locks and wait for others. */

export interface Worker {
  id: number
  /** Locks among its arguments before the one it waits for: it has taken them. */
  holds: readonly number[]
  /** Lock that it waits for; null: it sleeps. */
  waits: number | null
}

/** How locks lie in memory: how far the structs that hold them are apart, and how far inside them the locks are. */
export interface Layout {
  stride: number
  inside: number
}

/** Locks by themselves, apart. */
const APART: Layout = { stride: 0x40, inside: 0 }

/** Address of the struct that holds a lock, by the number of the lock. */
export function lockAddress(lock: number, { stride }: Layout = APART): string {
  return `0xc0000${(0x14000 + lock * stride).toString(16)}`
}

/** A dump as `runtime.Stack` writes it (Go 1.19), with a goroutine beside them that sleeps. */
export function dumpOf(workers: readonly Worker[], layout: Layout = APART): string {
  const parts = workers.map(({ id, holds, waits }) => {
    const args = [...holds, ...(waits === null ? [] : [waits])].map(lock => lockAddress(lock, layout))
    const frames = `main.work(${[...args, '0x1'].join(', ')})
\t/srv/lab/main.go:${waits === null ? 30 : 22} +0xa5
created by main.main
\t/srv/lab/main.go:46 +0x119
`
    if (waits === null)
      return `goroutine ${id} [sleep]:\ntime.Sleep(0x34630b8a000)\n\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135\n${frames}`
    return `goroutine ${id} [semacquire]:
sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
\t/usr/lib/go-1.19/src/runtime/sema.go:77 +0x25
sync.(*Mutex).lockSlow(0x${(Number(lockAddress(waits, layout)) + layout.inside).toString(16)})
\t/usr/lib/go-1.19/src/sync/mutex.go:171 +0x165
sync.(*Mutex).Lock(...)
\t/usr/lib/go-1.19/src/sync/mutex.go:90
${frames}`
  })
  return `goroutine 1 [chan receive]:
main.main()
\t/srv/lab/main.go:52 +0x1ff

${parts.join('\n')}
goroutine 9999 [sleep]:
time.Sleep(0x1dcd6500)
\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135
main.heartbeat()
\t/srv/lab/main.go:38 +0x1e
created by main.main
\t/srv/lab/main.go:51 +0x1f3
`
}
