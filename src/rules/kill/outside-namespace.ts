import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { deathLink, deathsOf, severityOf, victimName } from '../deaths.js'
import { nameAndPid, nameOf, processActor, subjectOf, title } from '../shared.js'
import { deliveryLinks, earlierRequest, isExplainedElsewhere, runtimeLinks } from './evidence.js'

/** Standard signals by kill carry their sender as long as the queue has room: si_pid 0 then means another namespace. */
const FIRST_REAL_TIME = 32

/** si_pid is 0, and not because the kernel had no room for it. */
export function isFromOutside(signal: Signal): boolean {
  return signal.sender === null && signal.because?.kind === 'outside-namespace' && signal.number < FIRST_REAL_TIME
}

export const outsideNamespace: Rule = {
  id: 'kill/outside-namespace',
  severity: 'fatal',
  needs: 'strace of the process, with the siginfo of the signal',
  summary: 'A process died of a signal with si_pid 0: its sender is outside the pid namespace of the process.',
  explanation: `si_pid is written in the numbers of the receiver's pid namespace. A sender outside it has no number there, and the kernel writes 0. That is what a process in a container sees of everything that comes from the host: the container runtime (containerd, docker, podman, CRI-O), the kubelet behind it, systemd, or somebody's kill on the host. It does not mean that process 0 or the kernel sent it: signals of the kernel have si_code SI_KERNEL.

One other way leads to si_pid 0: when the receiver's user has RLIMIT_SIGPENDING signals queued, the kernel delivers real-time signals from kill, and standard ones from sigqueue, without their siginfo.

What to look for: SIGTERM with si_pid 0, then after the grace period (10 s with docker stop, 30 s in Kubernetes) "killed by SIGKILL": the container was stopped. Trace on the host, or record signal:signal_generate there, to have the sender by name.

What to do: ask the host: kubectl describe pod and kubectl get events, docker events, the journal of the container runtime. If the process should end by itself in time, handle SIGTERM; as the first process of its namespace it needs a handler for that.`,
  *find(analysis) {
    for (const death of deathsOf(analysis)) {
      const { cause, process, signal } = death
      if (!cause || !isFromOutside(cause) || isExplainedElsewhere(death, analysis)) continue
      const runtime = runtimeLinks(death, analysis)
      const chain = [
        ...earlierRequest(death, analysis),
        ...runtime,
        {
          text: `${signal} came with si_pid 0 (${cause.code}): its sender is not in the pid namespace of ${nameOf(process)}.`,
          status: 'observed' as const,
          refs: cause.because!.refs,
          ns: cause.deliveredNs,
          from: { key: 'outside', name: 'outside its pid namespace', kind: 'unknown' as const },
          to: processActor(process),
          label: signal,
        },
        ...deliveryLinks(death),
        deathLink(death),
      ]
      yield {
        rule: outsideNamespace.id,
        severity: severityOf(process, analysis),
        title: title(
          `${victimName(process, analysis)} died of ${signal} from outside its pid namespace`,
          `died of ${signal} from outside its pid namespace`,
        ),
        summary: `${nameAndPid(process)} died of ${signal} with si_pid 0: whoever sent it lives outside its pid namespace. In a container that is the host: the container runtime, the kubelet, systemd, or a kill typed there. ${runtime.length > 0 ? `${runtime[0].from!.name} stopped a container at that time, which can be this one.` : 'Which of them it was only the host can tell.'}`,
        subject: subjectOf(process, analysis, cause.deliveredTo),
        chain,
        remedies: [
          {
            title: 'Ask the host who stopped the container',
            detail:
              'The runtime logs every stop with its reason; the kernel’s signal tracepoint on the host names the sender.',
            code: "docker events --since 1h   # or: kubectl get events\nperf record -e 'signal:signal_generate' -a",
            breaks: 0,
          },
        ],
        ns: death.ns,
      }
    }
  },
}
