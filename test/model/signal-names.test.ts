import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { signalName, signalNumber } from '../../src/model/signal-names.js'

const names = suite('signal names')

names('every number comes back from its name', () => {
  for (let n = 1; n <= 64; n++) assert.is(signalNumber(signalName(n)), n, signalName(n))
})

names('the spellings of kill, systemd, strace, gdb and audit', () => {
  for (const [text, number] of [
    ['SIGTERM', 15],
    ['TERM', 15],
    ['term', 15],
    ['15', 15],
    ['0x1c', 28],
    ['SIGRT_2', 34],
    ['RTMIN+3', 37],
    ['RTMAX-1', 63],
    ['SIG35', 35],
    ['IOT', 6],
    ['SIGCLD', 17],
  ] as const)
    assert.is(signalNumber(text), number, text)
})

names('what is no signal has no number', () => {
  for (const text of ['', 'SIG', 'SIGFOO', '0', '65', 'RTMIN+40', '0x', '1e1', 'constructor'])
    assert.is(signalNumber(text), null, text)
})

names.run()
