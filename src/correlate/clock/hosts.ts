/** Which machine a source was recorded on, as far as it says so. */
import type { Capture } from '../../model/capture.js'
import type { Source } from '../../model/source.js'

/** Names by which machines are told apart: of the boot (one kernel, one clock, whatever containers call themselves) and the host. */
export interface Host {
  boots: ReadonlySet<string>
  names: ReadonlySet<string>
}

const NOBODY: Host = { boots: new Set(), names: new Set() }

/** The host of every source that names one. */
export function hostsOf(capture: Capture): Map<string, Host> {
  const hosts = new Map<string, { boots: Set<string>; names: Set<string> }>()
  const of = (path: string) => {
    let host = hosts.get(path)
    if (!host) hosts.set(path, (host = { boots: new Set(), names: new Set() }))
    return host
  }
  for (const journal of capture.journals) {
    const host = of(journal.source)
    for (const entry of journal.entries) {
      if (entry.bootId) host.boots.add(entry.bootId)
      if (entry.host) host.names.add(shortName(entry.host))
    }
  }
  for (const source of capture.sources) {
    if (source.clock.bootId) of(source.path).boots.add(source.clock.bootId)
    const name = source.about.host ?? source.about.hostname
    if (name) of(source.path).names.add(shortName(name))
  }
  return hosts
}

/** `web1.example.com` and `web1` are one. */
function shortName(name: string): string {
  return name.toLowerCase().split('.')[0]
}

/** True: one machine, false: two, null: one of them does not say. */
export function sameHost(a: Source, b: Source, hosts: Map<string, Host>): boolean | null {
  const [x, y] = [hosts.get(a.path) ?? NOBODY, hosts.get(b.path) ?? NOBODY]
  if (meet(x.boots, y.boots) || meet(x.names, y.names)) return true
  return x.names.size > 0 && y.names.size > 0 ? false : null
}

/** Whether the capture holds sources of more than one machine. */
export function severalHosts(hosts: Map<string, Host>): boolean {
  const groups: Host[] = []
  for (const host of hosts.values()) {
    if (host.names.size === 0) continue
    const known = groups.find(g => meet(g.names, host.names) || meet(g.boots, host.boots))
    if (!known) groups.push(host)
  }
  return groups.length > 1
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const x of a) if (b.has(x)) return true
  return false
}
