/** How numbers are said, the same in every text that sigtrace writes: sentences of findings, pictures, reports. */
import type { Ns } from './time.js'

/** A length of time: `503 µs`, `40.9 ms`, `1.36 s`, `4 min 10 s`, `2 h 5 min`. Three digits that count, no more. */
export function duration(ns: Ns): string {
  const sign = ns < 0 ? '−' : ''
  const size = Math.abs(ns)
  if (size < 999.5) return `${sign}${Math.round(size)} ns`
  if (size < 999.5e3) return `${sign}${three(size / 1e3)} µs`
  if (size < 999.5e6) return `${sign}${three(size / 1e6)} ms`
  if (size < 59.95e9) return `${sign}${three(size / 1e9)} s`
  const seconds = Math.round(size / 1e9)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return sign + pair(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return sign + pair(hours, 'h', minutes % 60, 'min')
  return sign + pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function three(value: number): string {
  const text = value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** `12,345`: a count with thousands marked, whatever the locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 goroutine`, `1,204 goroutines`; `many` where adding an s would be wrong. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `1.4 kB`, `203 MB`: decimal, as disks and `ls --si` count. */
export function byteSize(bytes: number): string {
  let value = bytes
  for (const unit of ['bytes', 'kB', 'MB', 'GB', 'TB']) {
    if (value < 999.5 || unit === 'TB') return unit === 'bytes' && bytes === 1 ? '1 byte' : `${three(value)} ${unit}`
    value /= 1000
  }
  return `${bytes} bytes`
}

/** A word as a POSIX shell takes it literally. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command as one would type it: `sh -c 'kill 1'`, `redis-server --save ''`. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(word => (/^$|[\s'"`$\\;&|<>()*?]/.test(word) ? shellQuoted(word) : word)).join(' ')
}
