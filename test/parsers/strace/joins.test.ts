/** Halves of calls, joined by thread, in the spellings of every version. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callsOf, eventsOf } from './support.js'

const joins = suite('strace: joined halves')

const cases: [string, string[], string][] = [
  [
    'up to 6.15',
    ['7 1.000000000 read(3<pipe:[1]>,  <unfinished ...>', '7 <... read resumed>"r", 1) = 1 <0.004467>'],
    '3<pipe:[1]>, "r", 1',
  ],
  [
    'from 6.16',
    ['7 read(3<pipe:[1]> <unfinished ...>', '7 <... read resumed>, "r", 1) = 1 <0.004467>'],
    '3<pipe:[1]>, "r", 1',
  ],
  [
    'up to 4.26',
    ['7 read(3<pipe:[1]>,  <unfinished ...>', '7 <... read resumed> "r", 1) = 1 <0.004467>'],
    '3<pipe:[1]>, "r", 1',
  ],
  [
    'numbered halves',
    ['7 read(3<pipe:[1]>,  <unfinished #12 ...>', '7 <... read resumed #12>"r", 1) = 1'],
    '3<pipe:[1]>, "r", 1',
  ],
  [
    'all arguments known',
    ['7 write(4<pipe:[1]>, "r", 1 <unfinished ...>', '7 <... write resumed>) = 1'],
    '4<pipe:[1]>, "r", 1',
  ],
  [
    'in and out',
    ['7 clone3({flags=CLONE_VM}, 88 <unfinished ...>', '7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8'],
    '{flags=CLONE_VM}, 88 => {parent_tid=[8]}, 88',
  ],
  ['no arguments', ['7 getppid( <unfinished ...>', '7 <... getppid resumed>) = 1'], ''],
]
for (const [name, lines, args] of cases)
  joins(name, async () => {
    const text = lines.map(l => l.replace('7 1.000000000 ', '7 ')).join('\n8 getpid() = 8\n')
    const [call] = (await callsOf(`${text}\n`)).filter(c => c.tid === 7)
    assert.is(call.args, args)
    assert.is(call.line, 1)
    assert.is(call.endLine, 3)
    assert.is(call.state, 'returned')
  })

joins('a call stands where it was entered, before what it caused', async () => {
  const events = await eventsOf(
    [
      '10 1795478504.000001 kill(11, SIGUSR1 <unfinished ...>',
      '11 1795478504.000002 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=10, si_uid=0} ---',
      '10 1795478504.000003 <... kill resumed>) = 0 <0.000002>',
      '11 1795478504.000004 rt_sigreturn({mask=[]}) = 0',
      '',
    ].join('\n'),
  )
  assert.equal(
    events.map(e => [e.type, e.tid, e.line]),
    [
      ['call', 10, 1],
      ['signal', 11, 2],
      ['call', 11, 4],
    ],
  )
})

joins.run()
