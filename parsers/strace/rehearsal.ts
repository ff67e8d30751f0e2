/**
 * Shows the compiler every kind of line before the first large piece is scanned. V8 compiles a function for the cases that
 * it has seen, and throws the result away at the first new one; with a log that begins quietly that happens some dozen
 * times, each time with milliseconds of slow code. A rehearsal costs two.
 */
const LINES = `
21 1795478504.300001 execve("/bin/sh", ["sh"], 0x7ffe /* 9 vars */) = 0 <0.000297>
21 1795478504.300101 openat(AT_FDCWD</tmp>, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache> <0.000011>
21 1795478504.300102 openat(AT_FDCWD</tmp>, "/none", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000011>
21 1795478504.300103 readlink("/x", 0x7ffe, 99) = -1 EINVAL (Invalid argument) <0.000011>
21 1795478504.300104 read(3</etc/ld.so.cache>, "\\177ELF"..., 832) = 832 <0.000066>
21 1795478504.300105 close(3</etc/ld.so.cache>) = 0 <0.000071>
21 1795478504.300106 pipe2([3<pipe:[7]>, 4<pipe:[7]>], 0) = 0 <0.000007>
21 1795478504.300107 rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, NULL, 8) = 0 <0.000006>
21 1795478504.300108 rt_sigaction(SIGSYS, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0 <0.000006>
21 1795478504.300109 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 22 <0.000297>
22 1795478504.300110 set_tid_address(0x7f791aed6a10) = 22 <0.000003>
22 1795478504.300111 rt_sigprocmask(SIG_BLOCK, ~[], [], 8) = 0 <0.000003>
22 1795478504.300112 fcntl(4<pipe:[7]>, F_SETFD, FD_CLOEXEC) = 0 <0.000003>
22 1795478504.300113 fcntl(5</etc>, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE) <0.000003>
22 1795478504.300114 futex(0x7f4e, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
21 1795478504.300115 futex(0x7f4e, FUTEX_WAKE_PRIVATE, 1 <unfinished ...>
22 1795478504.300116 <... futex resumed>) = 0 <0.000640>
21 1795478504.300117 <... futex resumed>) = 1 <0.000021>
21 1795478504.300118 futex(0x7f4e, FUTEX_WAIT_PRIVATE, 0, NULL) = -1 EAGAIN (Resource temporarily unavailable) <0.000021>
22 1795478504.300119 read(3<pipe:[7]>,  <unfinished ...>
21 1795478504.300120 write(4<pipe:[7]>, "r", 1 <unfinished ...>
22 1795478504.300121 <... read resumed>"r", 1) = 1 <0.004467>
21 1795478504.300122 <... write resumed>) = 1 <0.000021>
22 1795478504.300123 close(5</etc> <unfinished ...>
21 1795478504.300124 sendto(6<TCP:[1.1.1.1:1->2.2.2.2:2]>, "x", 1, MSG_NOSIGNAL, NULL, 0) = 1 <0.000030>
22 1795478504.300125 <... close resumed>) = 0 <0.000011>
21 1795478504.300126 recvmsg(6<TCP:[1.1.1.1:1->2.2.2.2:2]>, {msg_name=NULL, msg_namelen=0}, 0) = 1 <0.000030>
21 1795478504.300127 write(1</dev/null<char 1:3>>, "got", 3) = 3 <0.000005>
21 1795478504.300128 write(4<pipe:[7]>, "AAAA", 4) = -1 EPIPE (Broken pipe) <0.000003>
21 1795478504.300129 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=21, si_uid=0} ---
21 1795478504.300130 rt_sigreturn({mask=[]}) = -1 EPIPE (Broken pipe) <0.000003>
21 1795478504.300131 wait4(-1,  <unfinished ...>
22 1795478507.300132 nanosleep({tv_sec=3, tv_nsec=0}, NULL) = 0 <3.000137>
22 1795478507.300133 exit_group(0) = ?
22 1795478507.300134 +++ exited with 0 +++
21 1795478507.300135 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 22 <3.000004>
21 1795478507.300136 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=22, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---
21 1795478511.300137 pause() = ? ERESTARTNOHAND (To be restarted if no handler) <0.000003>
21 1795478511.300138 +++ killed by SIGTERM +++
`.trimStart()
const TIMES = 8

/** Something that scans, as a piece is scanned. */
interface Scans {
  scan(buffer: Buffer, start: number, end: number, at: number): unknown
}

/** Lets `scanner`, whose results are thrown away, scan the lines that logs are made of a few times. */
export function rehearse(scanner: Scans): void {
  const text = Buffer.from(LINES, 'latin1')
  for (let i = 0; i < TIMES; i++) scanner.scan(text, 0, text.length, 0)
}
