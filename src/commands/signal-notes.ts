/** What an engineer should know of each signal, beyond its name: signal(7), and what Go's runtime does (os/signal). */
export const SIGNAL_NOTES: Record<number, { action: string; note: string }> = {
  1: {
    action: 'terminate',
    note: 'Sent by the kernel when the terminal of a session goes away, and by people who want a daemon to read its configuration again. systemd counts death by it as a clean exit.',
  },
  2: {
    action: 'terminate',
    note: 'Ctrl-C: the kernel sends it to the foreground process group of the terminal (si_code SI_KERNEL). systemd counts death by it as a clean exit.',
  },
  3: {
    action: 'core',
    note: 'Ctrl-\\, or asked for by hand: a Go program prints all its goroutines and exits with status 2; a JVM prints its threads and lives on.',
  },
  4: {
    action: 'core',
    note: 'The processor met an instruction that it does not know, or that the compiler put where no one should come.',
  },
  5: { action: 'core', note: 'A breakpoint or a trap instruction; debuggers use it, and some runtimes abort by it.' },
  6: {
    action: 'core',
    note: 'abort(): a failed assertion, a corrupted heap, an uncaught C++ exception; also what systemd sends when a watchdog runs out. A Go program prints its goroutines and exits with 2 unless GOTRACEBACK=crash.',
  },
  7: {
    action: 'core',
    note: 'The memory behind an address is gone: a mapped file was cut, a disk or memory page failed.',
  },
  8: {
    action: 'core',
    note: 'Integer division by zero or overflow, in spite of its name seldom floating point. Go turns it into a panic.',
  },
  9: {
    action: 'terminate',
    note: 'Cannot be caught, blocked or ignored. strace prints no "---" line for it, only "+++ killed by SIGKILL +++". Sent by the OOM killer, by systemd after TimeoutStopSec=, by container runtimes after the grace period, and by people.',
  },
  10: {
    action: 'terminate',
    note: 'Free for programs to use. Kills a program that has no handler; the Go runtime has one, so a Go program that did not ask for the signal lives on as if nothing had come.',
  },
  11: {
    action: 'core',
    note: 'An access to memory that is not mapped or not allowed. Go turns one in Go code into a panic ("invalid memory address or nil pointer dereference"); one in C code ends the process.',
  },
  12: { action: 'terminate', note: 'Free for programs to use, as SIGUSR1 is; it does not kill a Go program either.' },
  13: {
    action: 'terminate',
    note: 'A write to a pipe or socket whose reader is gone. The kernel sends it to the writing thread, with the writer itself as si_pid. Go lets the write fail with EPIPE, except on fd 1 and 2: there it lets the signal kill the process, without a word. systemd counts death by it as a clean exit.',
  },
  14: { action: 'terminate', note: 'alarm(2) or setitimer(2) ran out. A Go program that did not ask for it lives on.' },
  15: {
    action: 'terminate',
    note: 'The polite request to end: kill(1), systemd stopping a unit, Kubernetes ending a pod. What follows when it is not obeyed in time is SIGKILL. systemd counts death by it as a clean exit.',
  },
  16: { action: 'terminate', note: "Unused by today's kernels." },
  17: { action: 'ignore', note: 'A child ended, stopped or went on. Several become one: never count deaths by it.' },
  18: {
    action: 'continue',
    note: 'Lets a stopped process go on, at the moment it is sent, whatever its handler does.',
  },
  19: {
    action: 'stop',
    note: 'Stops the process; cannot be caught, blocked or ignored. A stopped process looks like a hung one: state T in /proc/PID/status.',
  },
  20: { action: 'stop', note: 'Ctrl-Z.' },
  21: { action: 'stop', note: 'A background process read from its terminal.' },
  22: {
    action: 'stop',
    note: 'A background process wrote to its terminal while tostop is set, or changed its settings.',
  },
  23: {
    action: 'ignore',
    note: 'Urgent data on a socket. The Go runtime sends it to its own threads by tgkill to preempt goroutines: thousands of them are normal.',
  },
  24: { action: 'core', note: 'The soft RLIMIT_CPU was reached; at the hard one comes SIGKILL.' },
  25: { action: 'core', note: 'A file would grow beyond RLIMIT_FSIZE; the write fails with EFBIG.' },
  26: { action: 'terminate', note: 'setitimer(ITIMER_VIRTUAL) ran out.' },
  27: { action: 'terminate', note: "setitimer(ITIMER_PROF) ran out: CPU profilers use it, Go's pprof too." },
  28: { action: 'ignore', note: 'The terminal changed its size.' },
  29: { action: 'terminate', note: 'A file descriptor with O_ASYNC became ready.' },
  30: { action: 'terminate', note: 'The power supply is failing; an init takes it as an order to shut down.' },
  31: { action: 'core', note: 'A system call that a seccomp filter forbids (si_code SYS_SECCOMP).' },
}
