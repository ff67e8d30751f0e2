/** What an exit status says, as a shell, a container runtime or systemd prints it. */
import { signalName } from './signal-names.js'

/**
 * systemd's own statuses for a process that failed between fork and the end of execve
 * (systemd.exec(5), "Process exit codes"), and the LSB's for services.
 */
const SYSTEMD: Record<number, [string, string]> = {
  200: ['CHDIR', 'changing to WorkingDirectory= failed'],
  201: ['NICE', 'setting Nice= failed'],
  202: ['FDS', 'closing or passing file descriptors failed'],
  203: ['EXEC', 'execve() of the program failed: missing, not executable, wrong interpreter or architecture'],
  204: ['MEMORY', 'out of memory while preparing to execute'],
  205: ['LIMITS', 'setting a Limit…= failed'],
  206: ['OOM_ADJUST', 'setting OOMScoreAdjust= failed'],
  207: ['SIGNAL_MASK', 'setting the signal mask failed'],
  208: ['STDIN', 'setting up StandardInput= failed'],
  209: ['STDOUT', 'setting up StandardOutput= failed'],
  210: ['CHROOT', 'changing to RootDirectory= failed'],
  211: ['IOPRIO', 'setting IOSchedulingClass= or IOSchedulingPriority= failed'],
  212: ['TIMERSLACK', 'setting TimerSlackNSec= failed'],
  213: ['SECUREBITS', 'setting SecureBits= failed'],
  214: ['SETSCHEDULER', 'setting CPUSchedulingPolicy= failed'],
  215: ['CPUAFFINITY', 'setting CPUAffinity= failed'],
  216: ['GROUP', 'Group= or SupplementaryGroups= could not be applied'],
  217: ['USER', 'User= could not be applied: the user may not exist'],
  218: ['CAPABILITIES', 'dropping or setting capabilities failed'],
  219: ['CGROUP', 'setting up the control group failed'],
  220: ['SETSID', 'starting a session failed'],
  221: ['CONFIRM', 'the execution was refused at the console'],
  222: ['STDERR', 'setting up StandardError= failed'],
  224: ['PAM', 'setting up the PAM session failed'],
  225: ['NETWORK', 'setting up PrivateNetwork= failed'],
  226: ['NAMESPACE', 'setting up the mount, UTS or IPC namespace failed'],
  227: ['NO_NEW_PRIVILEGES', 'setting NoNewPrivileges= failed'],
  228: ['SECCOMP', 'applying SystemCallFilter= failed'],
  229: ['SELINUX_CONTEXT', 'setting SELinuxContext= failed'],
  230: ['PERSONALITY', 'setting Personality= failed'],
  231: ['APPARMOR_PROFILE', 'setting AppArmorProfile= failed'],
  232: ['ADDRESS_FAMILIES', 'applying RestrictAddressFamilies= failed'],
  233: ['RUNTIME_DIRECTORY', 'setting up RuntimeDirectory= failed'],
  235: ['CHOWN', 'changing the owner of a socket failed'],
  236: ['SMACK_PROCESS_LABEL', 'setting SmackProcessLabel= failed'],
  237: ['KEYRING', 'setting up the kernel keyring failed'],
  238: ['STATE_DIRECTORY', 'setting up StateDirectory= failed'],
  239: ['CACHE_DIRECTORY', 'setting up CacheDirectory= failed'],
  240: ['LOGS_DIRECTORY', 'setting up LogsDirectory= failed'],
  241: ['CONFIGURATION_DIRECTORY', 'setting up ConfigurationDirectory= failed'],
  242: ['NUMA_POLICY', 'setting NUMAPolicy= failed'],
  243: ['CREDENTIALS', 'setting up credentials failed'],
  245: ['BPF', 'applying a BPF restriction failed'],
}
const LSB: Record<number, [string, string]> = {
  2: [
    'INVALIDARGUMENT',
    'invalid arguments; also what a Go program exits with after a panic, a fatal error or SIGQUIT',
  ],
  3: ['NOTIMPLEMENTED', 'unimplemented feature'],
  4: ['NOPERMISSION', 'insufficient privileges'],
  5: ['NOTINSTALLED', 'the program is not installed'],
  6: ['NOTCONFIGURED', 'the program is not configured'],
  7: ['NOTRUNNING', 'the program is not running'],
}
/** Words of sysexits.h, which systemd names too. */
const SYSEXITS: Record<number, string> = {
  64: 'USAGE',
  65: 'DATAERR',
  66: 'NOINPUT',
  67: 'NOUSER',
  68: 'NOHOST',
  69: 'UNAVAILABLE',
  70: 'SOFTWARE',
  71: 'OSERR',
  72: 'OSFILE',
  73: 'CANTCREAT',
  74: 'IOERR',
  75: 'TEMPFAIL',
  76: 'PROTOCOL',
  77: 'NOPERM',
  78: 'CONFIG',
}

/** One reading of a status: a process can mean different things by the same number. */
export interface StatusReading {
  /** `128 + 13 (SIGPIPE)`, `203/EXEC`. */
  meaning: string
  /** Who uses the number so, and what follows. */
  detail: string
}

/**
 * All that an exit status (0-255) can mean, the likeliest first.
 *
 *   141 → a shell's 128 + 13: the program was killed by SIGPIPE
 */
export function exitStatusReadings(status: number): StatusReading[] {
  if (status === 0) return [{ meaning: '0/SUCCESS', detail: 'The program says that all went well.' }]
  const readings: StatusReading[] = []
  if (status > 128 && status <= 128 + 64)
    readings.push({
      meaning: `128 + ${status - 128} (${signalName(status - 128)})`,
      detail: `A shell or a container runtime says that the program was killed by ${signalName(status - 128)}. A program can also exit with ${status} itself; strace tells the two apart ("+++ killed by" or "+++ exited with").`,
    })
  const systemd = SYSTEMD[status]
  if (systemd)
    readings.push({
      meaning: `${status}/${systemd[0]}`,
      detail: `systemd, before the program ran: ${systemd[1]} (systemd.exec(5)).`,
    })
  if (status === 126)
    readings.push({
      meaning: 'cannot execute',
      detail: 'A shell found the command but could not execute it (permissions, a wrong format).',
    })
  if (status === 127)
    readings.push({
      meaning: 'not found',
      detail: 'A shell did not find the command, or the loader did not find a library.',
    })
  if (status === 125)
    readings.push({
      meaning: 'the runtime itself failed',
      detail: 'docker, podman, timeout(1) and env(1) use it when they failed before the command ran.',
    })
  if (status === 124) readings.push({ meaning: 'timed out', detail: 'timeout(1) ended the command.' })
  if (status === 255)
    readings.push({
      meaning: 'exit(-1)',
      detail: 'The program gave a status outside 0-255, or ssh(1) failed to connect.',
    })
  if (status === 1)
    readings.push({
      meaning: '1/FAILURE',
      detail: 'The program says that it failed; Go programs end so after log.Fatal.',
    })
  const lsb = LSB[status]
  if (lsb) readings.push({ meaning: `${status}/${lsb[0]}`, detail: `As systemd names it: ${lsb[1]}.` })
  const word = SYSEXITS[status]
  if (word) readings.push({ meaning: `${status}/${word}`, detail: 'As sysexits.h names it.' })
  if (readings.length === 0)
    readings.push({ meaning: `exit(${status})`, detail: "The program's own status; its manual says what it means." })
  return readings
}

/** The status by systemd's word (`EXEC`, `203/EXEC`), or null. */
export function exitStatusByName(word: string): number | null {
  const name = word.replace(/^\d+\//, '').toUpperCase()
  for (const table of [SYSTEMD, LSB])
    for (const [status, [known]] of Object.entries(table)) if (known === name) return Number(status)
  for (const [status, known] of Object.entries(SYSEXITS)) if (known === name) return Number(status)
  return name === 'FAILURE' ? 1 : name === 'SUCCESS' ? 0 : null
}
