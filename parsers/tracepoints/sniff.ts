const LINES = 200

/** Lines that only tracers of signals print; each tells the format by itself. */
const SIGNS: readonly RegExp[] = [
  // killer  8268 [001]  3321.905641:   signal:signal_generate: sig=10 errno=0 code=0 comm=chatty pid=8261 grp=1 res=0
  /(?:^|[ :])signal_(?:generate|deliver): +sig=\d+ errno=/,
  // 0.000 ( 0.118 ms): killer/8268 kill(pid: 8261 (chatty), sig: USR1) = 0
  /^ *(?:\d+\.\d{3}|\?) \([ .\d]*(?:ms)?\s*\): \S.{0,40}\/\d+ \w+\(/,
  // TIME      PID    COMM             SIG  TPID   RESULT
  /^TIME +PID +(?:TID +)?COMM +SIG +TPID +/,
  // 21:03:39 Triggered by PID 3297 ("ntpd"), OOM kill of PID 22516 ("perl"), 3850642 pages, loadavg: 0.99 0.39 0.30 3/282 22724
  /^\d\d:\d\d:\d\d Triggered by PID \d+ \(".{0,32}"\), OOM kill of PID \d+ /,
  // 3321591350843 gen sig=17 errno=0 code=1 sender=sleep[8241/8241] target=bash[8231] group=1 result=0
  /^\d{6,20} .{0,40}\bsig(?:nal)?=\d+ .*\b(?:sender|target|comm|pid)=/,
  /^.{1,100}? syscalls:sys_enter_(?:t?g?kill|rt_t?g?sigqueueinfo|pidfd_send_signal): /,
]
/** Headers of perf and ftrace, whatever events follow. */
const HEADERS: readonly RegExp[] = [/^# tracer: \w+/, /^# perf version : /, /^# captured on +: /]

/** Score of an input as the output of a tracer of signals. */
export function sniffTracepoints(head: Uint8Array): number {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  let header = false
  let left = LINES
  for (let start = 0; start < text.length && left > 0; left--) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, Math.min(end < 0 ? text.length : end, start + 400))
    if (SIGNS.some(sign => sign.test(line))) return 90
    if (HEADERS.some(sign => sign.test(line))) header = true
    if (end < 0) break
    start = end + 1
  }
  if (/signal_(?:generate|deliver): +sig=\d+ errno=/.test(text)) return 90
  return header ? 60 : 0
}
