import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  argvOf,
  fdOf,
  fdPair,
  numberOf,
  pidOf,
  signalOf,
  signalSet,
  splitArgs,
  stringOf,
} from '../../../src/correlate/trace/call-args.js'

const args = suite('arguments of calls')

args('commas inside strings, structures and decorations do not divide', () => {
  assert.equal(splitArgs('4<UNIX-STREAM:[1->2,"/tmp/a, b"]>, "x, \\"y\\"", {a=1, b=[2, 3]}, 5'), [
    '4<UNIX-STREAM:[1->2,"/tmp/a, b"]>',
    '"x, \\"y\\""',
    '{a=1, b=[2, 3]}',
    '5',
  ])
})
args('names of strace -N are taken off, fields of structures are not', () => {
  assert.equal(splitArgs('pidfd=5, signum=SIGTERM, info={si_signo=SIGTERM}'), ['5', 'SIGTERM', '{si_signo=SIGTERM}'])
})
args('only as many as asked for are read', () => {
  assert.equal(splitArgs('1, 2, 3', 2), ['1', '2'])
})
args('numbers in every spelling', () => {
  assert.is(numberOf('22621<sh>'), 22621)
  assert.is(numberOf('-23333'), -23333)
  assert.is(numberOf('0x36dd'), 0x36dd)
  assert.is(numberOf('0xfffffffb'), -5)
  assert.is(numberOf('0xfffffffffffffffb'), -5)
  assert.is(numberOf('NULL'), null)
})
args('signals by name, by number, raw and explained', () => {
  assert.is(signalOf('SIGTERM'), 15)
  assert.is(signalOf('10 /* SIGUSR1 */'), 10)
  assert.is(signalOf('0x9'), 9)
  assert.is(signalOf('SIGRT_2'), 34)
  assert.is(signalOf('0'), 0)
  assert.is(signalOf('200'), null)
})
args('a pid with the name and number that strace adds', () => {
  assert.equal(pidOf("1<sh> /* 31231 in strace's PID NS */"), { local: 1, outer: 31231, comm: 'sh' })
  assert.equal(pidOf('2525<a] b) = 1 \\0742\\76>'), { local: 2525, outer: null, comm: 'a] b) = 1 <2>' })
})
args('descriptors and pairs of them', () => {
  assert.equal(fdOf('4<pipe:[362146]>'), { fd: 4, object: 'pipe:[362146]' })
  assert.equal(fdOf('1</dev/null<char 1:3>>'), { fd: 1, object: '/dev/null<char 1:3>' })
  assert.equal(fdOf('-1'), null)
  assert.equal(fdPair('[3<pipe:[1]>, 4<pipe:[1]>]'), [
    { fd: 3, object: 'pipe:[1]' },
    { fd: 4, object: 'pipe:[1]' },
  ])
})
args('strings with escapes, whole and cut', () => {
  assert.equal(stringOf('"a\\n\\1\\29\\x41"'), { text: 'a\n\x01\x029A', cut: false })
  assert.equal(stringOf('"abc"...'), { text: 'abc', cut: true })
  assert.equal(stringOf('0x7ffe'), null)
})
args('sets of signals, plain and inverted', () => {
  assert.equal(signalSet('[USR1 TERM RT_2]'), { inverted: false, signals: new Set([10, 15, 34]) })
  assert.equal(signalSet('~[KILL STOP]'), { inverted: true, signals: new Set([9, 19]) })
  assert.equal(signalSet('[10 /* USR1 */ 34 /* RT_2 */]'), { inverted: false, signals: new Set([10, 34]) })
})
args('the words of an argv', () => {
  assert.equal(argvOf('["sh", "-c", "kill -TERM $$"]'), ['sh', '-c', 'kill -TERM $$'])
  assert.is(argvOf('0x7ffc'), null)
})
args.run()
