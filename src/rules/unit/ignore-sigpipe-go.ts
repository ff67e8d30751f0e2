import type { Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { assumption, caseSetting, caseUnits } from '../case-units.js'
import { titled } from '../lifecycle-links.js'

/** IgnoreSIGPIPE= cannot help a Go program. */
export const ignoreSigpipeGo: Rule = {
  id: 'unit/ignore-sigpipe-go',
  severity: 'note',
  needs:
    'a unit that sets IgnoreSIGPIPE= (or systemctl show), and a Go process of it with a failed write or a death by SIGPIPE',
  summary: 'IgnoreSIGPIPE= is set, and the program is a Go program: the setting has no effect on it either way.',
  explanation:
    'IgnoreSIGPIPE=yes (the default) starts the program with SIGPIPE ignored (systemd.exec(5)). The Go runtime installs its own handlers at ' +
    'start and keeps an inherited “ignored” only for SIGHUP and SIGINT (runtime/signal_unix.go, sigInstallGoHandler). When a write to descriptor 1 or 2 ' +
    'fails with EPIPE, os.File then makes the process die of SIGPIPE (os/file_unix.go, epipecheck). IgnoreSIGPIPE=no changes nothing either.\n\n' +
    'What helps is in the program: signal.Ignore(syscall.SIGPIPE), or signal.Notify for it. Then the write returns an error, and the program has to ' +
    'deal with it. Programs in C do profit from IgnoreSIGPIPE=.',
  *find(analysis) {
    for (const of of caseUnits(analysis)) {
      const { unit, death, broken, isGo, process } = of
      if (!isGo || !(death?.signal === 'SIGPIPE' || broken)) continue
      const setting = caseSetting(of, 'IgnoreSIGPIPE')
      if (!setting) continue
      const chain: Link[] = [
        ...assumption(of),
        { text: `${unit} has IgnoreSIGPIPE=${setting.value}.`, status: 'observed', refs: [setting.ref] },
      ]
      if (broken)
        chain.push({
          text: `A write of the Go program to descriptor ${broken.fd} failed with EPIPE.`,
          status: 'observed',
          refs: broken.refs,
          ns: broken.ns,
        })
      if (death?.signal === 'SIGPIPE')
        chain.push({ text: 'It died of SIGPIPE all the same.', status: 'observed', refs: death.refs, ns: death.ns })
      const survived = death?.signal !== 'SIGPIPE'
      if (survived)
        chain.push({
          text: 'That it lived on is not the doing of this setting: the program ignores or handles SIGPIPE itself.',
          status: 'inferred',
          refs: [],
        })
      yield {
        rule: ignoreSigpipeGo.id,
        severity: 'note',
        title: titled(`IgnoreSIGPIPE=${setting.value} in ${unit} has no effect on a Go program`),
        summary:
          'The Go runtime replaces the disposition of SIGPIPE that systemd sets, so IgnoreSIGPIPE= neither protects nor harms it. ' +
          'On descriptors 1 and 2 a write that fails with EPIPE ends a Go program unless the program itself ignores or handles SIGPIPE.',
        subject: { unit, ...(process ? { pid: process.pid } : {}), ...(process?.comm ? { comm: process.comm } : {}) },
        chain,
        remedies: [
          {
            title: 'Ignore SIGPIPE in the program',
            detail:
              'Early in main. Writes to a lost standard output then return EPIPE; a logger should count that and go on (os/signal, “SIGPIPE”).',
            code: 'signal.Ignore(syscall.SIGPIPE)',
          },
        ],
        ns: death?.ns ?? broken?.ns ?? null,
      }
    }
  },
}
