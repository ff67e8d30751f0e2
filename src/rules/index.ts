import type { Rule } from '../model/rule.js'
import { channelNil } from './channel/nil.js'
import { channelReceiveStuck } from './channel/receive-stuck.js'
import { channelSendStuck } from './channel/send-stuck.js'
import { condNoWakeup } from './cond/no-wakeup.js'
import { goroutineGrowth } from './goroutine/growth.js'
import { mutexConvoy } from './mutex/convoy.js'
import { mutexDeadlock } from './mutex/deadlock.js'
import { mutexOrphaned } from './mutex/orphaned.js'
import { rwmutexStarvation } from './rwmutex/starvation.js'
import { selectEmpty } from './select/empty.js'
import { waitgroupNeverDone } from './waitgroup/never-done.js'

/**
 * Every rule, one line each, grouped by family. The order settles which of two equally good fatal findings is the
 * verdict: the more specific explanation stands first.
 */
export const rules: readonly Rule[] = [
  // sigpipe, epipe
  // kill
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
]
