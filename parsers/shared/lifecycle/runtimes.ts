import type { JournalEntry } from '../../../src/model/journal.js'
import type { Words } from './words.js'

/** Programs that start and stop containers, by comm or identifier. */
export const RUNTIMES: ReadonlySet<string> = new Set(['dockerd', 'docker', 'containerd', 'crio', 'kubelet', 'k3s'])

/**
 * What they write when they stop or kill a container. Texts: moby's daemon/stop.go and kill.go, containerd's
 * internal/cri/server/container_stop.go, CRI-O's server/container_stop.go, the kubelet's kuberuntime_container.go and prober.go.
 */
const STOPS: readonly RegExp[] = [
  /^Container failed to (?:exit|stop) (?:within|after) \S+/i,
  /^Container [0-9a-f]{6,64} failed to exit within /,
  /^StopContainer for "[^"]{1,128}" with timeout /,
  /^Stop container "[^"]{1,128}" with signal /,
  /^Kill container "[^"]{1,128}"/,
  /^Stopping container: [0-9a-f]{6,64} \(timeout: /,
  /^Killing container with a grace period/,
  /^Container \S{1,128} failed (?:liveness|startup) probe, will be restarted/,
  /^SyncLoop \(probe\), probe="(?:liveness|startup)" status="unhealthy"/,
]

/**
 * One line of a keeper of containers: bare, in logfmt, or in klog's form.
 *
 *   > | time="2026-11-24T00:10:40Z" level=info msg="Kill container \"3f2\""
 *                                                  ^
 *   > | I1124 00:10:09.950000     800 kuberuntime_container.go:709] "Killing container with a grace period" pod="default/web-1" …
 *                                                                    ^
 */
export function readRuntime(entry: JournalEntry): Words | null {
  const { message } = entry
  if (message === null || message.length > 4096) return null
  const logfmt = /(?:^| )msg="((?:[^"\\]|\\.)*)"/.exec(message)
  const klog = /^[IWE]\d{4} [\d:.]+ +\d+ [\w.-]+:\d+\] "?(.*)$/s.exec(message)
  const text = logfmt ? logfmt[1].replaceAll('\\"', '"') : klog ? klog[1].replace('" ', ', ') : message
  if (!STOPS.some(stop => stop.test(text))) return null
  const container = /(?:containerID|container)="?([^" ]+)/.exec(message)?.[1]
  return {
    kind: 'container-stop',
    unit: null,
    detail: {
      by: entry.comm ?? entry.identifier ?? 'the container runtime',
      said: text.length > 160 ? `${text.slice(0, 160)}…` : text,
      ...(container !== undefined && { container }),
    },
  }
}
