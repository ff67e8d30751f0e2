/** What stands before the body of a line, in the order of strace's printleader(), for every option that adds to it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Leader, PID, TIME } from '../../../parsers/strace/leader.js'

const leaders = suite('strace: leaders')

function read(line: string) {
  const bytes = Buffer.from(line, 'latin1')
  const leader = new Leader()
  leader.read(bytes, 0, bytes.length)
  const { tid, pidForm, timeForm, seconds, nanos } = leader
  return {
    tid,
    pidForm,
    timeForm,
    seconds,
    nanos: Math.round(nanos),
    comm: line.slice(leader.commStart, leader.commEnd),
    body: line.slice(leader.body),
  }
}

const BODY = 'kill(13489, SIGTERM) = 0'
const cases: [string, string, Partial<ReturnType<typeof read>>][] = [
  ['-f -ttt', '22620 1795478504.315041 ', { tid: 22620, timeForm: TIME.epoch, seconds: 1795478504, nanos: 315041000 }],
  ['padded pid', '123   ', { tid: 123, pidForm: PID.file, timeForm: TIME.none }],
  ['pid of seven digits', '4194304 ', { tid: 4194304 }],
  ['stderr', '[pid 22620] ', { tid: 22620, pidForm: PID.bracket }],
  ['stderr, padded', '[pid   123] 00:06:23.5 ', { tid: 123, timeForm: TIME.wall, seconds: 383 }],
  ['no pid, -ttt', '1795478504.315041 ', { tid: 0, pidForm: PID.none, timeForm: TIME.epoch }],
  ['no pid, epoch in seconds', '1795478504 ', { tid: 0, timeForm: TIME.epoch, seconds: 1795478504 }],
  ['nine digits are an epoch', '999999999 ', { tid: 0, timeForm: TIME.epoch, seconds: 999999999 }],
  ['-t', '13440 00:06:23 ', { tid: 13440, timeForm: TIME.wall, seconds: 383, nanos: 0 }],
  ['-tt', '13440 23:59:59.460454 ', { timeForm: TIME.wall, seconds: 86399, nanos: 460454000 }],
  ['milliseconds', '00:06:23.532 ', { nanos: 532000000 }],
  ['nanoseconds', '13470 1795478783.485502365 ', { nanos: 485502365 }],
  ['-r', '13458      0.000021 ', { tid: 13458, timeForm: TIME.relative, seconds: 0, nanos: 21000 }],
  ['-r without pid', '     1.000021 ', { tid: 0, timeForm: TIME.relative, seconds: 1, nanos: 21000 }],
  ['-r -tt', '13464 00:06:23.460466 (+     0.000012) ', { timeForm: TIME.wall, nanos: 460466000 }],
  ['-r -ttt', '13464 1795478504.460466 (+     0.000012) ', { timeForm: TIME.epoch, nanos: 460466000 }],
  ['-n -i', '13488 00:06:23.648998 [  62] [00007f1a5eb2a267] ', { tid: 13488 }],
  ['-n -i -ttt', '13488 1795478504.648998 [  62] [00007f1a5eb2a267] ', { tid: 13488, nanos: 648998000 }],
  ['-i, 32 bit', '13488 [08049007] ', { tid: 13488 }],
  ['-i, dead', '13489 00:06:23.669513 [  34] [????????????????] ', { tid: 13489 }],
  ['-n unreadable', '13489 [???] ', { tid: 13489 }],
  ['-Y', '13494<strace> ', { tid: 13494, comm: 'strace' }],
  ['-Y on stderr', '[pid 13501<worker \\0741\\76>] 00:06:23.867415 ', { tid: 13501, comm: 'worker \\0741\\76' }],
  [
    '-Y, hostile name',
    '2525<a] b) = 1 \\0742\\76> 00:12:52.898554 ',
    { tid: 2525, comm: 'a] b) = 1 \\0742\\76', seconds: 772 },
  ],
  ['-Y -xx', '13519<\\x30\\x31\\x5f\\x6b> ', { tid: 13519, comm: '\\x30\\x31\\x5f\\x6b' }],
  ['--secontext', '13519 [unconfined_u:unconfined_r:unconfined_t:s0] 00:06:23 ', { tid: 13519, seconds: 383 }],
]
for (const [name, leader, expected] of cases)
  leaders(name, () => {
    const found = read(leader + BODY)
    assert.is(found.body, BODY)
    for (const [key, value] of Object.entries(expected)) assert.equal(found[key as keyof typeof found], value, key)
  })

leaders('what is no leader stays in the body', () => {
  for (const text of [
    '123:45 kill(1, 2)',
    '[ Process PID=31196 runs in 32 bit mode. ]',
    '12345678',
    '[pid ] x',
    '[pid 99999999999] x',
  ])
    assert.is(read(text).body, text)
})

leaders.run()
