/** What became of the other end of a pipe or socket, weighed against the evidence at hand. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import type { PeerHypothesis } from '../../src/model/process.js'
import type { Files } from '../support/analyze.js'
import { parseFiles } from '../support/parse.js'

/** The failed write of `go-sigpipe.strace.txt`: pid 96, fd 1, a unix stream, at 1795478143.921413. */
const TRACE = readFileSync('test/fixtures/rules/go-sigpipe.strace.txt', 'utf8')
const broken = async (files: Files): Promise<PeerHypothesis[]> => {
  const { brokenPipes } = correlate(await parseFiles(files))
  assert.is(brokenPipes.length, 1)
  return brokenPipes[0].hypotheses!
}
const standing = (list: readonly PeerHypothesis[]) => Object.fromEntries(list.map(h => [h.key, h.standing]))
const at = (seconds: number) => (1_795_478_000_000_000 + Math.round(seconds * 1e6)).toString()
const entry = (seconds: number, fields: Record<string, string>) =>
  `${JSON.stringify({ _BOOT_ID: 'b', __REALTIME_TIMESTAMP: at(seconds), ...fields })}\n`
const output = (seconds: number) =>
  entry(seconds, { _PID: '96', _TRANSPORT: 'stdout', _SYSTEMD_UNIT: 'a.service', MESSAGE: 'tick' })
const journald = (seconds: number, MESSAGE: string, _PID = '67') =>
  entry(seconds, { _PID, _COMM: 'systemd-journal', SYSLOG_IDENTIFIER: 'systemd-journald', MESSAGE })

const epipe = suite('the other end of a failed write')

epipe('journald stopped before it, and the output went to the journal: observed', async () => {
  const list = await broken({
    'strace.txt': TRACE,
    'j.json': output(143.7) + journald(143.737, 'Journal stopped') + journald(146.04, 'Journal started', '361'),
  })
  assert.equal(list[0].key, 'journald-stopped')
  assert.equal(standing(list), { 'journald-stopped': 'observed', 'journalctl-follower-gone': 'excluded' })
  assert.equal(
    list[0].refs.map(r => r.line),
    [2, 3, 1],
  )
  assert.match(list[0].text, '184 ms before the failed write')
})
epipe('the stop alone, without a sign of where the output goes: it only stays open', async () => {
  const list = await broken({ 'strace.txt': TRACE, 'j.json': journald(143.737, 'Journal stopped') })
  assert.is(standing(list)['journald-stopped'], 'open')
})
epipe('the output alone: it fits, and is said how to settle', async () => {
  const list = await broken({ 'strace.txt': TRACE, 'j.json': output(143.7) })
  assert.equal([list[0].key, list[0].standing], ['journald-stopped', 'fits'])
  assert.match(list[0].settle, 'journalctl -u systemd-journald')
})
epipe('a journal that goes on through the moment excludes a stop', async () => {
  const list = await broken({
    'strace.txt': TRACE,
    'j.json':
      output(143.7) +
      entry(144, { _PID: '5', _TRANSPORT: 'stdout', MESSAGE: 'x' }) +
      entry(145, { _PID: '5', _TRANSPORT: 'stdout', MESSAGE: 'x' }),
  })
  assert.is(standing(list)['journald-stopped'], 'excluded')
})
epipe('a restart keeps the streams: output after it excludes it', async () => {
  const restart = journald(138.888, 'Journal stopped') + journald(138.91, 'Journal started', '254')
  const list = await broken({ 'strace.txt': TRACE, 'j.json': restart + output(143.7) })
  assert.equal([standing(list)['journald-stopped'], standing(list)['journald-lost-stream']], ['fits', 'excluded'])
})
epipe('a crash of journald on a systemd that lost streams then', async () => {
  const crash =
    entry(140.5, {
      _PID: '1',
      _COMM: 'systemd',
      UNIT: 'systemd-journald.service',
      MESSAGE: 'systemd-journald.service: Main process exited, code=killed, status=9/KILL',
    }) + journald(140.6, 'Journal started', '289')
  const boot = (release: string) =>
    entry(1, { _PID: '1', _COMM: 'systemd', MESSAGE: `systemd ${release} running in system mode (+PAM)` })
  const old = await broken({ 'strace.txt': TRACE, 'j.json': boot('229') + output(139) + crash })
  assert.is(standing(old)['journald-lost-stream'], 'fits')
  const safe = await broken({ 'strace.txt': TRACE, 'j.json': boot('252.39-1~deb12u2') + output(139) + crash })
  assert.is(standing(safe)['journald-lost-stream'], 'excluded')
})
epipe('refused streams fit a process whose output never came, and no other', async () => {
  const refused = journald(100, 'Too many stdout streams, refusing connection.')
  const unit = '[Service]\nExecStart=/x\nStandardOutput=journal\n'
  const show = 'Id=a.service\nExecMainPID=96\nMainPID=96\nExecMainCode=0\nStandardOutput=journal\n'
  const never = await broken({ 'strace.txt': TRACE, 'a.service': unit, 'show.txt': show, 'j.json': refused })
  assert.is(standing(never)['too-many-streams'], 'fits')
  const came = await broken({ 'strace.txt': TRACE, 'j.json': refused + output(143.7) })
  assert.is(standing(came)['too-many-streams'], 'excluded')
})
epipe('a pipe has nothing to do with journald', async () => {
  const list = await broken({
    'strace.txt': TRACE.replaceAll(/UNIX-STREAM:\[[^\]]*\]/g, 'pipe:[487071]'),
    'j.json': output(143.7) + journald(143.737, 'Journal stopped'),
  })
  assert.equal(standing(list), { 'reader-exited': 'fits' })
})
epipe('a stop on another host is no stop on this one', async () => {
  const here = output(143.7).replace('"_PID"', '"_HOSTNAME":"one","_PID"')
  const there = journald(143.737, 'Journal stopped').replace('"_PID"', '"_HOSTNAME":"two","_PID"')
  const list = await broken({ 'strace.txt': TRACE, 'j.json': here + there })
  assert.is(standing(list)['journald-stopped'], 'fits')
})
epipe('a follower of the journal is ruled out in the report', async () => {
  const { ruledOut } = correlate(await parseFiles({ 'strace.txt': TRACE, 'j.json': output(143.7) }))
  assert.ok(ruledOut.some(r => r.hypothesis.includes('journalctl -f')))
})
epipe('the real capture of a stopped journald', async () => {
  const list = await broken({
    'strace.txt': TRACE,
    'j.json': gunzipSync(readFileSync('test/fixtures/journald/journald-stop.json.gz')),
    'own.json': output(143.7),
  })
  assert.equal([list[0].key, list[0].standing], ['journald-stopped', 'observed'])
  assert.is(standing(list)['journald-lost-stream'], 'excluded')
})
epipe.run()

/** A write that blocks for 2.3 s in a unix stream. */
const BLOCKED =
  '1493 1795479270.000000 getpid() = 1486\n' +
  '1493 1795479275.789446 write(1<UNIX-STREAM:[408788->407946]>, "x"..., 30018 <unfinished ...>\n' +
  '1493 1795479278.127527 <... write resumed>) = 30017 <2.338055>\n'
const blocked = async (files: Files) => {
  const { blockedCalls } = correlate(await parseFiles(files))
  return blockedCalls.find(c => c.syscall === 'write')!.hypotheses!
}
const SS =
  'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n' +
  'u_str ESTAB 0 16778240 * 408788 * 407946 users:(("chatty",pid=1486,fd=2),("chatty",pid=1486,fd=1))\n' +
  'u_str ESTAB 0 0 /run/systemd/journal/stdout 407946 * 408788 users:(("systemd-journal",pid=361,fd=18),("systemd",pid=1,fd=16))\n'

const stuck = suite('the other end of a blocked write')
stuck('journald holds it and does not read', async () => {
  const [first] = await blocked({ 'strace.txt': BLOCKED, 'ss.txt': SS })
  assert.is(first.key, 'journald-stuck')
  assert.match(first.text, /stdout/)
})
stuck('a trace of journald that shows it stopped settles it', async () => {
  const stop =
    '361 1795479272.803000 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=1461, si_uid=0} ---\n361 1795479272.803100 --- stopped by SIGSTOP ---\n'
  const journal = `${JSON.stringify({ _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795479200000000', _PID: '361', _COMM: 'systemd-journal', SYSLOG_IDENTIFIER: 'systemd-journald', MESSAGE: 'Journal started' })}\n${JSON.stringify({ _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795479271000000', _PID: '1486', _TRANSPORT: 'stdout', MESSAGE: 'x' })}\n`
  const [first] = await blocked({ 'strace.txt': BLOCKED, 'journald.strace.txt': stop, 'j.json': journal })
  assert.equal([first.key, first.standing], ['journald-stuck', 'observed'])
  assert.match(first.text, 'stopped by SIGSTOP from')
})
stuck('nothing known of the other end: a reader that does not read, not journald', async () => {
  const list = await blocked({ 'strace.txt': BLOCKED.replace('UNIX-STREAM:[408788->407946]', 'pipe:[7]') })
  assert.equal(standing(list), { 'reader-not-reading': 'fits' })
})
stuck.run()
