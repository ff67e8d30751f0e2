import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import type { BlockedCall } from '../../src/model/process.js'
import { parseFiles } from '../support/parse.js'

const fixture = (name: string) => readFileSync(`test/fixtures/proc/${name}`, 'utf8')
const blocked = async (files: Record<string, string>): Promise<BlockedCall[]> =>
  correlate(await parseFiles(files)).blockedCalls
const short = (call: BlockedCall) => [
  call.tid,
  call.syscall,
  call.object,
  call.usual,
  call.queuedBytes ?? null,
  call.peers?.map(p => `${p.pid} ${p.comm} fd ${p.fd} ${p.state}`) ?? null,
]

const blocks = suite('what /proc shows threads blocked in')

blocks('a full pipe and a full socket: the object, the bytes in it, and who does not read', async () => {
  const calls = await blocked({ 'wedge.txt': fixture('one-text-two-processes.txt') })
  assert.equal(calls.filter(c => c.pid === 17497 && !c.usual).map(short), [
    [17540, 'write', 'pipe:[34569]', false, null, ['17539 python3 fd 3 S']],
    [17541, 'sendto', 'socket:[34570]', false, 238336, ['17539 python3 fd 6 S']],
  ])
})

blocks('the same from lsof and ps alone, without arguments of the calls', async () => {
  const calls = await blocked({ 'ps.txt': fixture('ps-threads.txt'), 'lsof.txt': fixture('lsof-both-ends.txt') })
  assert.equal(calls.filter(c => !c.usual).map(short), [
    [17540, 'write', null, false, null, null],
    [17541, 'write', null, false, null, null],
  ])
})

blocks('a pipe whose reader is not in any listing has no peers', async () => {
  const text = fixture('one-text-two-processes.txt')
  const calls = await blocked({ 'wedge.txt': text.slice(0, text.indexOf('$ cat /proc/17539/status')) })
  assert.equal(short(calls.find(c => c.tid === 17540)!), [17540, 'write', 'pipe:[34569]', false, null, null])
})

blocks('a stopped reader at the other end of a socket shows as stopped', async () => {
  const text = fixture('one-text-two-processes.txt')
  const child = text.indexOf('$ cat /proc/17539/status')
  const calls = await blocked({
    'w.txt': text.slice(0, child) + text.slice(child).replace('S (sleeping)', 'T (stopped)'),
  })
  assert.equal(
    calls.find(c => c.tid === 17541)?.peers?.map(p => p.state),
    ['T'],
  )
  assert.not(
    calls.some(c => c.pid === 17539),
    'a stopped thread is not blocked in its call',
  )
})

blocks('a running thread is not blocked', async () => {
  const text = fixture('one-text-two-processes.txt').replaceAll('S (sleeping)', 'R (running)')
  assert.equal(await blocked({ 'w.txt': text }), [])
})

blocks.run()
