/** What /proc and the tools around it say of a running process, written down as a capture. Nothing is changed in it. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, outputOf } from './tools.js'

/** `environ` is left out: it is where secrets live, and no verdict needs it. */
const PROCESS_FILES = [
  'status',
  'stat',
  'comm',
  'cmdline',
  'cgroup',
  'limits',
  'maps',
  'wchan',
  'syscall',
  'stack',
  'io',
  'net/unix',
]
const THREAD_FILES = ['status', 'stat', 'comm', 'wchan', 'syscall', 'stack']

/**
 * Copies what /proc/PID shows into `folder`/proc.
 *
 * @returns names of the files that could not be read (`stack` needs root)
 */
export function copyProc(pid: number, folder: string): string[] {
  const missed: string[] = []
  const from = `/proc/${pid}`
  const to = join(folder, 'proc', String(pid))
  const copy = (names: readonly string[], source: string, target: string) => {
    for (const name of names) {
      try {
        const text = readFileSync(join(source, name))
        mkdirSync(join(target, name, '..'), { recursive: true })
        writeFileSync(join(target, name), text)
      } catch {
        missed.push(name)
      }
    }
  }
  copy(PROCESS_FILES, from, to)
  for (const tid of list(join(from, 'task'))) copy(THREAD_FILES, join(from, 'task', tid), join(to, 'task', tid))
  // As `ls -l` shows the folder: links into a living process lead nowhere once it is copied.
  const links = list(join(from, 'fd')).map(fd => `${fd} -> ${target(join(from, 'fd', fd))}\n`)
  if (links.length > 0) writeFileSync(join(to, 'fd.ls'), links.join(''))
  copy(
    list(join(from, 'fdinfo')).map(fd => join('fdinfo', fd)),
    from,
    to,
  )
  return [...new Set(missed)]
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => Number(a) - Number(b))
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return '?'
  }
}

/** The systemd unit of a process, from its control group; null where it has none. */
export function unitOf(pid: number): string | null {
  try {
    const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    return /\/([^/\n]+\.(?:service|scope))(?:\/|$)/m.exec(cgroup)?.[1] ?? null
  } catch {
    return null
  }
}

/** Output of the tools that know the process or its unit, a file each: sockets, journal, unit. */
export async function askTools(pid: number, folder: string): Promise<void> {
  const unit = unitOf(pid)
  const wanted: [string, string, string[]][] = [
    ['ss-unix.txt', 'ss', ['-xpm']],
    ['ss-tcp.txt', 'ss', ['-tnpmo']],
    ...(unit
      ? ([
          ['unit.cat.txt', 'systemctl', ['cat', '--no-pager', unit]],
          ['unit.show.txt', 'systemctl', ['show', '--no-pager', unit]],
          [
            'journal.json',
            'journalctl',
            ['-o', 'json', '--no-pager', '-n', '5000', `_SYSTEMD_UNIT=${unit}`, '+', `UNIT=${unit}`],
          ],
        ] as [string, string, string[]][])
      : ([['journal.json', 'journalctl', ['-o', 'json', '--no-pager', '-n', '5000', `_PID=${pid}`]]] as [
          string,
          string,
          string[],
        ][])),
    ['journal-kernel.json', 'journalctl', ['-k', '-o', 'json', '--no-pager', '-n', '2000']],
  ]
  for (const [file, program, args] of wanted) {
    if (!isInstalled(program)) continue
    const output = await outputOf(program, args)
    if (output) writeFileSync(join(folder, file), output)
  }
}
