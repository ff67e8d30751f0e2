import type { Rule } from '../model/rule.js'
import { channelNil } from './channel/nil.js'
import { channelReceiveStuck } from './channel/receive-stuck.js'
import { channelSendStuck } from './channel/send-stuck.js'
import { condNoWakeup } from './cond/no-wakeup.js'
import { abort } from './crash/abort.js'
import { fault } from './crash/fault.js'
import { goPanic } from './crash/go-panic.js'
import { allAsleep } from './deadlock/all-asleep.js'
import { logSigpipe } from './debugger/log-sigpipe.js'
import { survived } from './epipe/survived.js'
import { dumpRequested } from './exit/dump-requested.js'
import { goroutineGrowth } from './goroutine/growth.js'
import { goroutineLeaked } from './goroutine/leaked.js'
import { byProcess } from './kill/by-process.js'
import { oom } from './kill/oom.js'
import { outsideNamespace } from './kill/outside-namespace.js'
import { stopTimeout } from './kill/stop-timeout.js'
import { unknownSender } from './kill/unknown-sender.js'
import { watchdog } from './kill/watchdog.js'
import { mutexConvoy } from './mutex/convoy.js'
import { mutexDeadlock } from './mutex/deadlock.js'
import { mutexOrphaned } from './mutex/orphaned.js'
import { rwmutexStarvation } from './rwmutex/starvation.js'
import { selectEmpty } from './select/empty.js'
import { coalesced } from './signal/coalesced.js'
import { ignored } from './signal/ignored.js'
import { pending } from './signal/pending.js'
import { defaultAction } from './sigpipe/default-action.js'
import { goStdio } from './sigpipe/go-stdio.js'
import { stuck } from './syscall/stuck.js'
import { cleanExitMasksSignal } from './systemd/clean-exit-masks-signal.js'
import { execFailed } from './systemd/exec-failed.js'
import { startLimit } from './systemd/start-limit.js'
import { ignoreSigpipeGo } from './unit/ignore-sigpipe-go.js'
import { ineffectiveAdvice } from './unit/ineffective-advice.js'
import { restartMissesSigpipe } from './unit/restart-misses-sigpipe.js'
import { unknownDirective } from './unit/unknown-directive.js'
import { waitgroupNeverDone } from './waitgroup/never-done.js'
import { blocked } from './write/blocked.js'

/**
 * Every rule, one line each, grouped by family. The order settles which of two equally good fatal findings is the
 * verdict: the more specific explanation stands first.
 */
export const rules: readonly Rule[] = [
  // sigpipe, epipe
  logSigpipe,
  goStdio,
  defaultAction,
  survived,
  // kill
  oom,
  stopTimeout,
  watchdog,
  byProcess,
  outsideNamespace,
  unknownSender,
  // crash, deadlock, exit
  allAsleep,
  goPanic,
  fault,
  abort,
  dumpRequested,
  // locks and channels
  goroutineLeaked,
  mutexDeadlock,
  mutexOrphaned,
  rwmutexStarvation,
  channelNil,
  channelSendStuck,
  waitgroupNeverDone,
  condNoWakeup,
  channelReceiveStuck,
  mutexConvoy,
  goroutineGrowth,
  selectEmpty,
  // writes and system calls
  blocked,
  stuck,
  // signals without effect
  ignored,
  pending,
  coalesced,
  // systemd and units
  execFailed,
  startLimit,
  cleanExitMasksSignal,
  restartMissesSigpipe,
  unknownDirective,
  ignoreSigpipeGo,
  ineffectiveAdvice,
]
