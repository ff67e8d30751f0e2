/** The words of systemd on the capture's clock: dated, told once, in order, with the process that they mean. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import type { Files } from '../support/analyze.js'
import { parseFiles } from '../support/parse.js'

const analysis = async (files: Files) => correlate(await parseFiles(files))
const fixture = (name: string) => gunzipSync(readFileSync(`test/fixtures/journald/${name}.gz`))

const life = suite('lifecycle')

life('two exports of one journal tell each event once, with both places', async () => {
  const one = await analysis({ 'j.export': fixture('lifecycle.export') })
  const two = await analysis({
    'j.export': fixture('lifecycle.export'),
    'j.txt': fixture('lifecycle.short-iso-precise'),
  })
  const tell = (a: typeof one) => a.lifecycle.map(e => [e.kind, e.unit, e.pid, e.signal, e.ns])
  assert.is(one.lifecycle.length, 119)
  assert.equal(tell(two), tell(one))
  assert.ok(two.lifecycle.every(e => e.refs.length === 2))
})

life('what happened twice stays twice', async () => {
  const line = (at: number) => `${1795479000 + at}.000000 vm systemd[1]: a.service: Watchdog timeout (limit 1s)!\n`
  const { lifecycle } = await analysis({ 'a.txt': line(1) + line(9), 'b.txt': line(1) + line(9) })
  assert.equal(
    lifecycle.map(e => [e.ns! / 1e9, e.refs.length]),
    [
      [0, 2],
      [8, 2],
    ],
  )
})

life('the same words of two hosts are two events', async () => {
  const line = (host: string) => `1795479000.000000 ${host} systemd[1]: a.service: Watchdog timeout (limit 1s)!\n`
  const { lifecycle } = await analysis({ 'a.txt': line('one'), 'b.txt': line('two') })
  assert.equal(
    lifecycle.map(e => [e.detail.host, e.refs.length]),
    [
      ['one', 1],
      ['two', 1],
    ],
  )
})

life('“Main process exited” gets the pid that the line before names', async () => {
  const { lifecycle, unitByPid } = await analysis({ 'j.export': fixture('lifecycle.export') })
  const exits = lifecycle.filter(e => e.kind === 'process-exited' && /stopto|wdc|wdgo|flap/.test(e.unit!))
  assert.equal(
    exits.map(e => [e.unit, e.pid]),
    [
      ['flap.service', null],
      ['flap.service', null],
      ['flap.service', null],
      ['wdc.service', 470],
      ['wdgo.service', 474],
      ['stopto.service', 482],
    ],
  )
  assert.equal([unitByPid!.get(474), unitByPid!.get(448)], ['wdgo.service', 'noexec.service'])
})

life('a kill by another signal does not name the process', async () => {
  const { lifecycle } = await analysis({
    'j.txt':
      '1795479000.000000 vm systemd[1]: a.service: Killing process 9 (helper) with signal SIGKILL.\n' +
      '1795479001.000000 vm systemd[1]: a.service: Main process exited, code=killed, status=15/TERM\n',
  })
  assert.equal(
    lifecycle.map(e => e.pid),
    [9, null],
  )
})

life('the state of systemctl show joins the event of the journal, or stands for it', async () => {
  const show =
    'Id=a.service\nExecMainPID=7\nExecMainCode=2\nExecMainStatus=9\nResult=signal\nActiveState=failed\nExecMainExitTimestamp=Tue 2026-11-24 00:10:00 UTC\n'
  const words = '1795479000.500000 vm systemd[1]: a.service: Main process exited, code=killed, status=9/KILL\n'
  const alone = await analysis({ 'show.txt': show })
  assert.equal(
    alone.lifecycle.map(e => [e.kind, e.pid, e.signal]),
    [
      ['process-exited', 7, 'SIGKILL'],
      ['failed', null, null],
    ],
  )
  const joined = await analysis({ 'show.txt': show, 'j.txt': words })
  assert.equal(
    joined.lifecycle.filter(e => e.kind === 'process-exited').map(e => [e.pid, e.refs.length]),
    [[7, 2]],
  )
})

life('dumps out of the journal are dated by it', async () => {
  const { capture, at, origin } = await analysis({ 'j.export': fixture('lifecycle.export') })
  const [snapshot] = capture.snapshots
  const ns = at(snapshot.source, snapshot.takenNs)
  assert.equal([snapshot.pid, origin! + BigInt(ns!)], [474, 1_795_479_003_764_481_000n])
})
life.run()
