/** Names of the errors that calls of signals, pipes and sockets give (asm-generic/errno-base.h and errno.h). */
const NAMES: Record<number, string> = {
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  4: 'EINTR',
  5: 'EIO',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  22: 'EINVAL',
  32: 'EPIPE',
  38: 'ENOSYS',
  104: 'ECONNRESET',
}

/** `ESRCH` for 3 or -3; `errno 99` for one that is not named here. */
export function errnoName(number: number): string {
  return NAMES[Math.abs(number)] ?? `errno ${Math.abs(number)}`
}
