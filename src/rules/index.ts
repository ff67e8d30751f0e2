import type { Rule } from '../model/rule.js'
import { channelNil } from './channel/nil.js'
import { channelReceiveStuck } from './channel/receive-stuck.js'
import { channelSendStuck } from './channel/send-stuck.js'
import { condNoWakeup } from './cond/no-wakeup.js'
import { logSigpipe } from './debugger/log-sigpipe.js'
import { goroutineGrowth } from './goroutine/growth.js'
import { oom } from './kill/oom.js'
import { stopTimeout } from './kill/stop-timeout.js'
import { watchdog } from './kill/watchdog.js'
import { mutexConvoy } from './mutex/convoy.js'
import { mutexDeadlock } from './mutex/deadlock.js'
import { mutexOrphaned } from './mutex/orphaned.js'
import { rwmutexStarvation } from './rwmutex/starvation.js'
import { selectEmpty } from './select/empty.js'
import { cleanExitMasksSignal } from './systemd/clean-exit-masks-signal.js'
import { execFailed } from './systemd/exec-failed.js'
import { startLimit } from './systemd/start-limit.js'
import { ignoreSigpipeGo } from './unit/ignore-sigpipe-go.js'
import { ineffectiveAdvice } from './unit/ineffective-advice.js'
import { restartMissesSigpipe } from './unit/restart-misses-sigpipe.js'
import { unknownDirective } from './unit/unknown-directive.js'
import { waitgroupNeverDone } from './waitgroup/never-done.js'

/**
 * Every rule, one line each, grouped by family. The order settles which of two equally good fatal findings is the
 * verdict: the more specific explanation stands first.
 */
export const rules: readonly Rule[] = [
  // sigpipe, epipe
  logSigpipe,
  // kill
  oom,
  stopTimeout,
  watchdog,
  // crash, deadlock, exit
  // locks and channels
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
  // signals without effect
  // systemd and units
  execFailed,
  startLimit,
  cleanExitMasksSignal,
  restartMissesSigpipe,
  unknownDirective,
  ignoreSigpipeGo,
  ineffectiveAdvice,
]
