/**
 * What a line is by its form alone: a file of /proc, or a table that ss, lsof or ps printed. Captures name their files
 * as they like and put several into one text, so the form decides and the name of a file only settles doubts.
 */
export type Shape =
  | 'status'
  | 'stat'
  | 'stack'
  | 'syscall'
  | 'fd'
  | 'fdinfo'
  | 'limits'
  | 'cgroup'
  | 'maps'
  | 'net-unix'
  | 'net-tcp'
  | 'ss'
  | 'lsof'
  | 'ps'
  | 'pstree'

const SHAPES: readonly (readonly [Shape, RegExp])[] = [
  // Name:	chatty
  [
    'status',
    /^(?:Name|Umask|State|Tgid|Ngid|Pid|PPid|TracerPid|NStgid|NSpid|Threads|SigQ|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt):[\t ]/,
  ],
  // 1486 (chatty) S 1 1486 1486 0 -1 4194560 …        the comm can hold blanks and parentheses
  ['stat', /^\d{1,10} \([^\n]{0,64}\) [A-Za-z] -?\d+ -?\d+ -?\d+ -?\d+ -?\d+ \d+ \d+ /],
  // [<0>] sock_alloc_send_pskb+0x156/0x240             kernels before 4.19 print the address
  ['stack', /^\[<(?:0x)?[0-9a-f]{1,16}>\] \S+/],
  // 1 0x1 0xc00016e000 0x7541 0x0 0x0 0x0 0xc000047b90 0x40370e
  ['syscall', /^(?:running|-1 0x[0-9a-f]+ 0x[0-9a-f]+|\d{1,4}(?: 0x[0-9a-f]+){8})\s*$/],
  // lrwx------ 1 root root 64 Nov 24 00:14 1 -> socket:[408788]
  // 1 -> socket:[408788]                               links of a copied folder, written down
  ['fd', /^(?:l[r-][w-]x[-r][-w][-xsS][-r][-w][-xtT][.+@]? +\d+ .{1,120}? \d{1,7} -> \S|\d{1,7} -> (?:\/|\w+:\S))/],
  // flags:	02000002
  ['fdinfo', /^(?:pos|flags|mnt_id|tfd|eventfd-count|sigmask|inotify|scm_fds):[\t ]/],
  // Max open files            20000                20000                files
  ['limits', /^(?:Limit +Soft Limit|Max [a-z -]{1,40}? {2,}(?:unlimited|\d+) +(?:unlimited|\d+))/],
  // 0::/system.slice/bigchat.service
  ['cgroup', /^\d{1,3}:[a-z0-9_=,.-]*:\//],
  // 00400000-004d9000 r-xp 00000000 fe:00 2312478      /lab/go/chatty
  ['maps', /^[0-9a-f]{4,16}-[0-9a-f]{4,16} [r-][w-][x-][ps] [0-9a-f]{4,16} /],
  ['net-unix', /^Num +RefCount +Protocol +Flags +Type +St +Inode/],
  ['net-tcp', /^ *sl +local_address +rem(?:ote)?_address +st /],
  ['ss', /^(?:Netid +)?State +Recv-Q +Send-Q +Local Address|^(?:u_str|u_dgr|u_seq) +[A-Z0-9-]+ +\d+ +\d+ /],
  ['lsof', /^COMMAND +PID +(?:TID +)?(?:TASKCMD +)?(?:\w+ +)*?USER +FD +TYPE +/],
  ['ps', /^(?=.*\b(?:CMD|COMMAND)\b) *(?:[A-Z%][A-Z%_+]* +)*?PID(?: +[A-Z%][A-Z%_+]*)+ *$/],
  // systemd(1)-+-agetty(123)
  ['pstree', /^[\w./:@-]{1,64}\(\d{1,7}\)(?:[-─┬]|$)/],
]

const LONGEST = 4096

/** The shape of a line, or null where its form says nothing (a comm, a wchan, prose). */
export function shapeOf(line: string): Shape | null {
  if (line.length > LONGEST) line = line.slice(0, LONGEST)
  for (const [shape, pattern] of SHAPES) if (pattern.test(line)) return shape
  return null
}

/** Files of /proc/PID that carry nothing that is asked for here; they are known, not unrecognised. */
export const UNUSED =
  /^(?:auxv|environ|io|sched|schedstat|statm|smaps|smaps_rollup|numa_maps|mountinfo|mounts|mountstats|oom_adj|oom_score|oom_score_adj|personality|coredump_filter|timers|timerslack_ns|uid_map|gid_map|projid_map|setgroups|loginuid|sessionid|cpuset|autogroup|pagemap|clear_refs|latency|arch_status|patch_state|ksm_stat|ksm_merging_pages|cpu_resctrl_groups|children)$/

/** A line that only its file's name can tell: `wchan`, `comm`, `cmdline`. */
export function fitsName(file: string, text: string): boolean {
  if (file === 'wchan') return /^(?:0|[a-zA-Z_][\w.]{1,80})\s*$/.test(text)
  if (file === 'comm') return /^[^\n\0]{1,64}\n?$/.test(text)
  if (file === 'cmdline') return text.length > 1 && text.length < 1 << 20 && text.includes('\0')
  return false
}
