/**
 * What reading a strace log costs at the least: every line found, its thread and time read as numbers, its kind told by
 * its first byte. The whole analysis is compared with this.
 *
 *   node dist/test/bench/floor.js FILE
 */
import { openSync, readSync } from 'node:fs'

const PIECE = 1 << 20
const fd = openSync(process.argv[2], 'r')
const buffer = Buffer.allocUnsafe(PIECE * 2)
const kinds = new Float64Array(256)
let lines = 0
let threads = 0
let micros = 0

function line(at: number): void {
  lines++
  let c = buffer[at]
  for (; c >= 48 && c <= 57; c = buffer[++at]) threads = (threads * 10 + c - 48) | 0
  while (c === 32) c = buffer[++at]
  for (; (c >= 48 && c <= 57) || c === 46; c = buffer[++at]) micros = (micros * 10 + c - 48) | 0
  while (c === 32) c = buffer[++at]
  kinds[c]++
}

let carried = 0
for (let got = readSync(fd, buffer, 0, PIECE, null); got > 0; got = readSync(fd, buffer, carried, PIECE, null)) {
  const piece = buffer.subarray(0, carried + got)
  let start = 0
  for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, start)) {
    line(start)
    start = end + 1
  }
  carried = piece.length - start
  if (carried > PIECE) carried = 0
  buffer.copyWithin(0, start, start + carried)
}
console.log(lines, threads, micros, kinds[45])
