/** What the records of one audit event say about a signal (auditd's SYSCALL, OBJ_PID, ANOM_ABEND and SECCOMP records). */
import { signalNumber } from '../../../src/model/signal-names.js'
import type { SignalWitness } from '../../../src/model/witness.js'
import { errnoName } from '../errno.js'
import { type Machine, syscallName } from '../syscall-names.js'
import { type AuditRecord, field, numberField, textField } from './records.js'

export type AuditSignal = Omit<SignalWitness, 'source' | 'by' | 'ns' | 'ref'> & { record: AuditRecord }

/** AUDIT_ARCH_* as printed raw and by ausearch -i. */
const MACHINES: Record<string, Machine | 'i386'> = {
  c000003e: 'x86-64',
  x86_64: 'x86-64',
  c00000b7: 'arm64',
  aarch64: 'arm64',
  '40000003': 'i386',
  i386: 'i386',
}
const I386: Record<number, string> = {
  37: 'kill',
  178: 'rt_sigqueueinfo',
  238: 'tkill',
  270: 'tgkill',
  335: 'rt_tgsigqueueinfo',
  424: 'pidfd_send_signal',
}
/** Argument numbers of target process, target thread and signal. */
const ARGUMENTS: Record<string, { pid?: number; tid?: number; sig: number }> = {
  kill: { pid: 0, sig: 1 },
  tkill: { tid: 0, sig: 1 },
  tgkill: { pid: 0, tid: 1, sig: 2 },
  rt_sigqueueinfo: { pid: 0, sig: 1 },
  rt_tgsigqueueinfo: { pid: 0, tid: 1, sig: 2 },
  pidfd_send_signal: { sig: 1 },
}

/** Whether a SYSCALL record is of a call that sends a signal. */
export function isSignalCall(call: AuditRecord): boolean {
  const name = callName(call)
  return name !== null && name in ARGUMENTS
}

/** The signals of an event: one for each process that a call reached, or the one that a process died of. */
export function signalsOf(records: readonly AuditRecord[]): AuditSignal[] {
  const signals: AuditSignal[] = []
  const call = records.find(r => r.type === 'SYSCALL')
  if (call)
    signals.push(
      ...sentBy(
        call,
        records.filter(r => r.type === 'OBJ_PID'),
      ),
    )
  for (const record of records)
    if (record.type === 'ANOM_ABEND' || record.type === 'SECCOMP') {
      const number = signalNumber(field(record, 'sig') ?? '')
      if (number !== null) signals.push(endedBy(record, number))
    }
  return signals
}

/**
 *   arch=c000003e syscall=62 success=yes exit=0 a0=30ed a1=1c … pid=12528 … comm="killer"
 *                                               ^ the target as the sender numbers it; OBJ_PID has the kernel's number
 */
function sentBy(call: AuditRecord, objects: readonly AuditRecord[]): AuditSignal[] {
  const name = callName(call)
  const wanted = name === null ? undefined : ARGUMENTS[name]
  if (name === null || !wanted) return []
  const number = signalArgument(call, wanted.sig)
  if (number === null) return []
  const failed = field(call, 'success') === 'no'
  const named = wanted.pid === undefined ? null : idArgument(call, wanted.pid)
  const thread = wanted.tid === undefined ? null : idArgument(call, wanted.tid)
  const common = {
    kind: 'call' as const,
    number,
    code: null,
    sender: { pid: numberField(call, 'pid'), tid: null, comm: textField(call, 'comm') },
    group: wanted.tid === undefined,
    result: failed ? errorOf(call) : null,
    handler: null,
    call: name,
    record: call,
  }
  if (objects.length === 0) {
    const pid = named !== null && named > 0 ? named : null
    return [{ ...common, target: { pid, tid: thread, comm: null } }]
  }
  return objects.map(object => {
    const pid = numberField(object, 'opid')
    // The thread is known only where both number the process alike.
    const tid = thread !== null && (named === null || named === pid) ? thread : null
    return { ...common, target: { pid, tid, comm: textField(object, 'ocomm') } }
  })
}

const SYS_SECCOMP = 1

function endedBy(record: AuditRecord, number: number): AuditSignal {
  return {
    kind: 'abend',
    number,
    // SYS_SECCOMP: the kernel raises it for a call that the filter forbids (kernel/seccomp.c, seccomp_log()).
    code: record.type === 'SECCOMP' ? SYS_SECCOMP : null,
    sender: null,
    target: { pid: numberField(record, 'pid'), tid: null, comm: textField(record, 'comm') },
    group: null,
    result: null,
    handler: null,
    call: null,
    record,
  }
}

function callName(call: AuditRecord): string | null {
  const text = field(call, 'syscall')
  if (text === null) return null
  if (!/^\d+$/.test(text)) return text
  const machine = MACHINES[field(call, 'arch') ?? '']
  if (machine === undefined) return null
  return machine === 'i386' ? (I386[Number(text)] ?? null) : syscallName(Number(text), machine)
}

/** Raw arguments are hex without 0x; ausearch -i prints `0x30ed`, or the name of the signal. */
function argument(call: AuditRecord, index: number): string | null {
  const text = field(call, `a${index}`)
  if (text === null) return null
  return call.interpreted || !/^[0-9a-f]{1,16}$/.test(text) ? text : `0x${text}`
}

function signalArgument(call: AuditRecord, index: number): number | null {
  return signalNumber(argument(call, index) ?? '')
}

function idArgument(call: AuditRecord, index: number): number | null {
  const text = argument(call, index)
  return text !== null && /^(?:0x[0-9a-f]{1,16}|-?\d{1,10})$/.test(text)
    ? Number(BigInt.asIntN(32, BigInt(text)))
    : null
}

/** `exit=-3` raw, `exit=ESRCH(No such process)` interpreted. */
function errorOf(call: AuditRecord): string {
  const text = field(call, 'exit') ?? ''
  if (/^-\d+$/.test(text)) return errnoName(Number(text))
  return /^E[A-Z]+/.exec(text)?.[0] ?? 'failed'
}
