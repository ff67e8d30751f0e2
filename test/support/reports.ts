/** Reports made by hand, for renderers: a death by SIGPIPE, a deadlock of two locks, a stop that timed out. */
import type { Ref } from '../../src/model/ref.js'
import { REPORT_SCHEMA, type Report, type ReportFinding, type ReportLink } from '../../src/model/report.js'

const ORIGIN = 1_795_478_883_725_180_000n
/** Nanoseconds relative to the death, as the report writes them. */
const at = (ns: number) => (ORIGIN + BigInt(ns)).toString()
const US = 1_000
const MS = 1_000_000
const S = 1_000_000_000

const strace = (...lines: number[]): Ref[] => lines.map(line => ({ source: 'strace.log', line }))
const journal = (...lines: number[]): Ref[] => lines.map(line => ({ source: 'journal.json', line }))
const dump = (...lines: number[]): Ref[] => lines.map(line => ({ source: 'goroutines.txt', line }))

const link = (
  status: ReportLink['status'],
  text: string,
  refs: Ref[],
  ns: number | null = null,
  label?: string,
): ReportLink => ({
  text,
  status,
  refs,
  ns: ns === null ? null : at(ns),
  ...(label !== undefined && { label }),
})

/** A report in which nothing was found; `over` replaces its fields. */
export function emptyReport(over: Partial<Report> = {}): Report {
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'sigtrace', version: '0.0.0' },
    capture: 'capture',
    command: null,
    verdict: {
      rule: null,
      title: 'We saw no death and no hang in this evidence',
      confidence: 'insufficient',
      summary: '',
      finding: null,
    },
    fingerprint: '9f3a1c7e00112233',
    victim: null,
    path: { actors: [], steps: [] },
    findings: [],
    ruledOut: [],
    missing: [],
    exitStatuses: [],
    signals: [],
    processes: [],
    blockedCalls: [],
    goroutines: { snapshots: [], groups: [] },
    waits: { edges: [], conclusion: 'none', cycles: [] },
    timeline: {
      startNs: null,
      endNs: null,
      reference: null,
      events: [],
      lanes: [],
      focus: null,
      omitted: { events: 0, lanes: 0 },
    },
    evidence: [],
    sources: [],
    diagnostics: [],
    redactions: [],
    unredacted: false,
    cut: [],
    failures: [],
    ...over,
  }
}

const verdictOf = (finding: ReportFinding): Report['verdict'] => ({
  rule: finding.rule,
  title: finding.title,
  confidence: finding.confidence,
  summary: finding.summary,
  finding: 0,
})

const source = (path: string, kind: string, records: number): Report['sources'][number] => ({
  path,
  kind,
  sha256: '824ad21f0aa7'.repeat(6).slice(0, 64),
  bytes: records * 80,
  records,
  skipped: [],
  clock: { domain: 'realtime', offsetNs: '0', uncertaintyNs: '1000', basis: 'same clock (CLOCK_REALTIME)' },
  about: {},
})

const excerpt = (ref: Ref, text: string, cited = true): Report['evidence'][number] => ({
  ref,
  id: `e-${ref.source}-${ref.line}`,
  text,
  cut: false,
  cited,
})

/** `ingest` writes to a stderr that nobody reads any more. */
export function sigpipeReport(): Report {
  const finding: ReportFinding = {
    rule: 'sigpipe/go-stdio',
    severity: 'fatal',
    confidence: 'proven',
    title: 'ingest died of SIGPIPE: nobody was reading its stderr',
    summary:
      '`head` (pid 21623) closed the only read end of `pipe:[385978]`. 40.9 ms later ingest wrote one log line to fd 2, and the kernel answered EPIPE and SIGPIPE. Because the descriptor is stderr, the Go runtime restored the default action and signalled its own thread.',
    subject: { pid: 21622, tid: 21627, comm: 'ingest' },
    chain: [
      link(
        'observed',
        'head (pid 21623) closed fd 0, the last read end of pipe:[385978]',
        strace(1440, 1442),
        -41_400 * US,
        'close',
      ),
      link('observed', 'Thread 21627 wrote 46 bytes to fd 2, the same pipe', strace(1467), -503 * US, 'write'),
      link(
        'observed',
        'The kernel failed the write with EPIPE: the pipe has no reader',
        strace(1467),
        -391 * US,
        'EPIPE',
      ),
      link(
        'observed',
        'The kernel sent SIGPIPE to the writing thread (SI_USER with the writer’s own pid)',
        strace(1468),
        -323 * US,
        'SIGPIPE',
      ),
      link('observed', 'The Go handler returned: nobody had asked for SIGPIPE', strace(1469), -301 * US, 'sigreturn'),
      link('observed', 'The runtime sent SIGPIPE to its own thread', strace(1473), -240 * US, 'tgkill'),
      link(
        'observed',
        'It restored the default action and sent it once more',
        strace(1475, 1479),
        -119 * US,
        'SIG_DFL',
      ),
      link('observed', 'All five threads were killed by SIGPIPE', strace(1484, 1485, 1486), 0, 'killed'),
    ],
    remedies: [
      {
        title: 'Let a vanished log reader be an error, not a signal',
        detail: 'With SIGPIPE ignored the write fails with EPIPE and the program decides (os/signal, "SIGPIPE").',
        code: ' func main() {\n+\tsignal.Ignore(syscall.SIGPIPE)\n \tingest.Run(6, audit.NewSink())\n }',
        breaks: 3,
      },
      {
        title: 'Give stderr a reader that outlives the service',
        detail: 'Under systemd also set Restart=always: death by SIGPIPE counts as a clean exit (systemd.service(5)).',
        code: '[Service]\n-Restart=on-failure\n+Restart=always',
        breaks: 0,
      },
    ],
    ns: at(0),
    count: 1,
  }
  const convoy: ReportFinding = {
    rule: 'mutex/convoy',
    severity: 'warning',
    confidence: 'likely',
    title: 'Five goroutines queue on audit.(*Sink).mu while one sleeps and writes holding it',
    summary: 'A convoy, not a deadlock: the holder can run.',
    subject: { goroutine: 18 },
    chain: [
      link('observed', 'Goroutines 19 to 23 wait in sync.(*Mutex).Lock', dump(20, 30)),
      link('inferred', 'Goroutine 18 holds the lock: it is inside flush, which runs under it', dump(2)),
    ],
    remedies: [{ title: 'Write outside the lock', detail: 'Queue lines to one writer goroutine.' }],
    ns: at(-21 * MS),
    count: 1,
  }
  const actors: Report['path']['actors'] = [
    { key: 'pid:21623', name: 'head 21623', kind: 'process' },
    { key: 'pipe:[385978]', name: 'pipe:[385978]', kind: 'object' },
    { key: 'tid:21627', name: 'ingest thread 21627', kind: 'thread' },
    { key: 'kernel', name: 'kernel', kind: 'kernel' },
    { key: 'runtime', name: 'Go runtime', kind: 'runtime' },
  ]
  const step = (index: number, from: number, to: number): Report['path']['steps'][number] => ({
    link: index,
    from: actors[from].key,
    to: actors[to].key,
    label: finding.chain[index].label ?? '',
    ns: finding.chain[index].ns,
    status: finding.chain[index].status,
  })
  const thread = (tid: number) => ({ tid, comm: 'ingest' })
  return emptyReport({
    capture: 'ingest-20261124T0008',
    command: 'sigtrace analyze ingest-20261124T0008',
    verdict: verdictOf(finding),
    victim: { pid: 21622, comm: 'ingest', unit: null },
    path: {
      actors,
      steps: [
        step(0, 0, 1),
        step(1, 2, 1),
        step(2, 3, 2),
        step(3, 3, 2),
        step(4, 4, 2),
        step(5, 4, 2),
        step(6, 4, 2),
        step(7, 3, 2),
      ],
    },
    findings: [finding, convoy],
    ruledOut: [
      {
        hypothesis: 'Killed from outside',
        text: 'All SIGPIPEs carry si_pid 21622, the victim itself.',
        refs: strace(1468, 1474),
      },
      { hypothesis: 'Out of memory', text: 'We saw no SIGKILL and no oom-kill record.', refs: [] },
    ],
    missing: [
      {
        text: 'The journal of the unit is not in the capture.',
        remedy: 'Export the hour around the death.',
        code: 'journalctl -o json --since "1 hour ago" > journal.json',
      },
    ],
    exitStatuses: [
      {
        status: '141',
        meaning:
          '128 + 13: how a shell or a container reports death by SIGPIPE; systemd writes code=killed, status=13/PIPE',
      },
    ],
    signals: [
      {
        signal: 'SIGPIPE',
        number: 13,
        origin: 'kernel',
        code: 'SI_USER',
        sender: null,
        senderBasis: null,
        target: { pid: 21622, tid: 21627 },
        sentNs: at(-391 * US),
        deliveredNs: at(-323 * US),
        deliveredTo: 21627,
        outcome: 'handled',
        noise: false,
        refs: strace(1468),
      },
      {
        signal: 'SIGPIPE',
        number: 13,
        origin: 'tgkill',
        code: 'SI_TKILL',
        sender: { pid: 21622, tid: 21627, comm: 'ingest' },
        senderBasis: 'syscall',
        target: { pid: 21622, tid: 21627 },
        sentNs: at(-119 * US),
        deliveredNs: at(-110 * US),
        deliveredTo: 21627,
        outcome: 'killed',
        noise: false,
        refs: strace(1479, 1480),
      },
    ],
    processes: [
      {
        pid: 21622,
        ppid: 21621,
        comm: 'ingest',
        argv: ['./ingest', '-workers', '6'],
        runtime: 'go',
        threads: [thread(21622), thread(21624), thread(21625), thread(21626), thread(21627)],
        startNs: at(-1_360 * MS),
        endNs: at(0),
        exit: { kind: 'killed', code: null, signal: 'SIGPIPE', coreDumped: false },
        refs: strace(2, 1484),
      },
      {
        pid: 21623,
        ppid: 21621,
        comm: 'head',
        argv: ['head', '-n', '25'],
        runtime: null,
        threads: [{ tid: 21623, comm: 'head' }],
        startNs: at(-1_350 * MS),
        endNs: at(-40 * MS),
        exit: { kind: 'exited', code: 0, signal: null, coreDumped: false },
        refs: strace(5, 1450),
      },
    ],
    blockedCalls: [
      {
        pid: 21622,
        tid: 21624,
        syscall: 'epoll_pwait',
        object: 'fd 4',
        sinceNs: at(-39 * MS),
        durationNs: String(39 * MS),
        open: true,
        usual: true,
        refs: strace(1455),
      },
    ],
    goroutines: {
      snapshots: [
        {
          source: 'goroutines.txt',
          format: 'debug2',
          goVersion: 'go1.19.8',
          count: 12,
          takenNs: at(-21 * MS),
          truncated: false,
        },
      ],
      groups: [
        {
          source: 'goroutines.txt',
          count: 5,
          ids: [19, 20, 21, 22, 23],
          state: 'sync.Mutex.Lock',
          primitive: 'mutex',
          object: { kind: 'mutex', address: '0xc000094018' },
          waitNs: null,
          system: false,
          benign: false,
          frames: [
            { func: 'sync.runtime_SemacquireMutex', file: '/usr/lib/go/src/runtime/sema.go', line: 77 },
            { func: 'sync.(*Mutex).lockSlow', file: '/usr/lib/go/src/sync/mutex.go', line: 171 },
            { func: 'example.com/ingest/audit.(*Sink).Record', file: '/src/audit/sink.go', line: 20 },
            { func: 'example.com/ingest.Run.func1', file: '/src/pool.go', line: 16 },
          ],
          createdBy: { func: 'example.com/ingest.Run', file: '/src/pool.go', line: 14 },
          labels: null,
          userFrame: 2,
          refs: dump(20),
        },
        {
          source: 'goroutines.txt',
          count: 6,
          ids: [1, 2, 3, 4, 5, 17],
          state: 'GC worker (idle)',
          primitive: 'gc',
          object: null,
          waitNs: null,
          system: true,
          benign: true,
          frames: [{ func: 'runtime.gopark', file: '/usr/lib/go/src/runtime/proc.go', line: 363 }],
          createdBy: null,
          labels: null,
          userFrame: -1,
          refs: dump(40),
        },
      ],
    },
    waits: {
      edges: [19, 20, 21, 22, 23].map(id => ({
        from: `goroutine ${id}`,
        on: { kind: 'mutex', address: '0xc000094018' },
        heldBy: 'goroutine 18',
        basis: 'goroutine 18 is inside flush, which runs under the lock',
        status: 'inferred' as const,
        refs: dump(20),
      })),
      conclusion: 'convoy',
      cycles: [],
    },
    timeline: {
      startNs: at(-1_360 * MS),
      endNs: at(400 * US),
      reference: 'strace.log',
      focus: { startNs: at(-41_400 * US), endNs: at(0), zeroNs: at(0), zeroText: 'death' },
      events: [
        ...finding.chain.map((l, i) => ({
          ns: l.ns!,
          kind: 'step',
          text: l.text,
          refs: l.refs,
          lane: actors[i === 0 ? 1 : 2].key,
          from: null,
          unordered: false,
        })),
        {
          ns: at(-41_400 * US),
          kind: 'reader-gone',
          text: 'head (pid 21623) gave up the other end (closed)',
          refs: strace(1440),
          lane: 'pipe:[385978]',
          from: 'pid:21623',
          unordered: false,
        },
        {
          ns: at(-40 * MS),
          kind: 'exited',
          text: 'head (pid 21623) exited with 0',
          refs: strace(1450),
          lane: 'pid:21623',
          from: null,
          unordered: false,
        },
        {
          ns: at(-21 * MS),
          kind: 'dump',
          text: 'Goroutine dump taken',
          refs: dump(1),
          lane: null,
          from: null,
          unordered: false,
        },
        {
          ns: at(-391 * US),
          kind: 'epipe',
          text: 'write to fd 2 by thread 21627: EPIPE',
          refs: strace(1467),
          lane: 'pipe:[385978]',
          from: 'pid:21622',
          unordered: false,
        },
        {
          ns: at(0),
          kind: 'killed',
          text: 'ingest (pid 21622) was killed by SIGPIPE',
          refs: strace(1484),
          lane: 'pid:21622',
          from: null,
          unordered: false,
        },
      ],
      lanes: [
        {
          key: 'pid:21622',
          label: 'ingest 21622',
          kind: 'process',
          spans: [
            { startNs: at(-1_360 * MS), endNs: at(0), kind: 'life', text: 'killed by SIGPIPE', refs: strace(1484) },
          ],
        },
        {
          key: 'pid:21623',
          label: 'head 21623',
          kind: 'process',
          spans: [{ startNs: at(-1_350 * MS), endNs: at(-40 * MS), kind: 'life', text: 'exit 0', refs: strace(1450) }],
        },
        {
          key: 'pipe:[385978]',
          label: 'pipe:[385978]',
          kind: 'object',
          spans: [
            { startNs: null, endNs: at(-41_400 * US), kind: 'life', text: '', refs: [] },
            {
              startNs: at(-41_400 * US),
              endNs: at(-503 * US),
              kind: 'broken',
              text: 'no reader for 40.9 ms',
              refs: strace(1440, 1467),
            },
          ],
        },
        {
          key: 'parked:21622',
          label: '3 threads',
          kind: 'thread',
          spans: [
            {
              startNs: at(-39 * MS),
              endNs: null,
              kind: 'blocked',
              text: 'parked in epoll_pwait, futex',
              refs: strace(1455),
            },
          ],
        },
        {
          key: 'group:goroutines.txt:19',
          label: '5 goroutines',
          kind: 'goroutine',
          spans: [
            {
              startNs: null,
              endNs: at(-21 * MS),
              kind: 'waiting',
              text: 'sync.Mutex.Lock in audit.(*Sink).Record',
              refs: dump(20),
            },
          ],
        },
      ],
      omitted: { events: 212, lanes: 0 },
    },
    evidence: [
      ...[2, 5].map(line =>
        excerpt(
          { source: 'strace.log', line },
          `2162${line} 1795478882.3${line} execve("./x", ["x"], 0x7ffd /* 22 vars */) = 0`,
        ),
      ),
      ...Array.from({ length: 52 }, (_, i) =>
        excerpt(
          { source: 'strace.log', line: 1438 + i },
          `21627 1795478883.72${String(4000 + i)} write(2<pipe:[385978]>, "level=info worker=0", 46) = -1 EPIPE (Broken pipe)`,
          i % 3 !== 0,
        ),
      ),
      ...[1, 2, 20, 21, 30, 40].map(line =>
        excerpt({ source: 'goroutines.txt', line }, `goroutine ${line} [sync.Mutex.Lock]:`),
      ),
    ],
    sources: [source('strace.log', 'strace', 1499), source('goroutines.txt', 'goroutines', 12)],
    diagnostics: [
      {
        code: 'strace.string-limit',
        severity: 'info',
        text: 'Strings were cut at 32 bytes.',
        count: 12,
        first: strace(5)[0],
        remedy: 'Record with -s 256.',
      },
    ],
    redactions: [{ kind: 'bearer token', name: 'token-1', count: 52 }],
  })
}

/** Two goroutines hold one lock each and wait for the other's. */
export function deadlockReport(): Report {
  const finding: ReportFinding = {
    rule: 'mutex/deadlock',
    severity: 'error',
    confidence: 'likely',
    title: 'Two goroutines wait for each other: transfer and audit take their locks in opposite order',
    summary:
      'Goroutine 18 holds the lock that goroutine 19 waits for, and the other way round. Neither can go on, and 12 others queue behind them.',
    subject: { goroutine: 18 },
    chain: [
      link('observed', 'Goroutine 18 waits in sync.(*Mutex).Lock for 0xc000012340', dump(3)),
      link('inferred', 'Goroutine 19 holds 0xc000012340: it locked it in audit before it blocked', dump(15)),
      link('observed', 'Goroutine 19 waits in sync.(*Mutex).Lock for 0xc000012348', dump(15)),
      link('inferred', 'Goroutine 18 holds 0xc000012348', dump(3)),
    ],
    remedies: [
      {
        title: 'Take both locks in one order everywhere',
        detail: 'A cycle needs two orders.',
        code: ' func audit() {\n-\tb.Lock()\n \ta.Lock()\n+\tb.Lock()',
        breaks: 3,
      },
    ],
    ns: null,
    count: 1,
  }
  const edge = (from: number, address: string, heldBy: number | null): Report['waits']['edges'][number] => ({
    from: `goroutine ${from}`,
    on: { kind: 'mutex', address },
    heldBy: heldBy === null ? null : `goroutine ${heldBy}`,
    basis: 'it locked it in the frame that is still on its stack',
    status: 'inferred',
    refs: dump(from === 18 ? 3 : 15),
  })
  return emptyReport({
    capture: 'bank',
    verdict: verdictOf(finding),
    findings: [finding],
    missing: [
      {
        text: 'System calls of the process up to its end were not recorded.',
        remedy: 'Attach strace.',
        code: 'strace -f -ttt -T -yy -s 256 -o strace.log -p PID',
      },
    ],
    goroutines: {
      snapshots: [
        { source: 'goroutines.txt', format: 'debug2', goVersion: null, count: 16, takenNs: null, truncated: false },
      ],
      groups: [
        {
          source: 'goroutines.txt',
          count: 2,
          ids: [18, 19],
          state: 'semacquire',
          primitive: 'mutex',
          object: { kind: 'mutex', address: '0xc000012340' },
          waitNs: { min: String(180 * S), max: String(240 * S) },
          system: false,
          benign: false,
          frames: [
            { func: 'sync.(*Mutex).Lock', file: '/go/src/sync/mutex.go', line: 90 },
            { func: 'main.transfer', file: '/src/main.go', line: 31 },
          ],
          createdBy: { func: 'main.main', file: '/src/main.go', line: 50 },
          labels: { tenant: 'a' },
          userFrame: 1,
          refs: dump(3, 15),
        },
      ],
    },
    waits: {
      edges: [
        edge(18, '0xc000012340', 19),
        edge(19, '0xc000012348', 18),
        ...Array.from({ length: 12 }, (_, i) => edge(30 + i, '0xc000012340', 19)),
      ],
      conclusion: 'deadlock',
      cycles: [[0, 1]],
    },
    evidence: [3, 4, 15, 16].map(line =>
      excerpt(
        { source: 'goroutines.txt', line },
        `goroutine ${line} [semacquire, 4 minutes]:`,
        line !== 4 && line !== 16,
      ),
    ),
    sources: [source('goroutines.txt', 'goroutines', 16)],
  })
}

/** systemd's SIGTERM was not obeyed in time. */
export function stopTimeoutReport(): Report {
  const finding: ReportFinding = {
    rule: 'kill/stop-timeout',
    severity: 'fatal',
    confidence: 'possible',
    title: 'systemd killed slowd with SIGKILL: it did not stop within 90 s of SIGTERM',
    summary:
      'systemd sent SIGTERM to slowd.service and waited 90 s. slowd handled the signal and went on. systemd then sent SIGKILL.',
    subject: { pid: 812, comm: 'slowd', unit: 'slowd.service' },
    chain: [
      link('observed', 'systemd began to stop slowd.service', journal(4), -90.2 * S, 'stop'),
      link('observed', 'SIGTERM reached slowd, which has a handler for it', strace(88), -90.1 * S, 'SIGTERM'),
      link('missing', 'We did not see what slowd was waiting for', []),
      link('observed', 'State ‘stop-sigterm’ timed out', journal(5), -100 * MS, 'timeout'),
      link('observed', 'slowd was killed by SIGKILL', strace(90), 0, 'SIGKILL'),
    ],
    remedies: [
      {
        title: 'Give the stop more time',
        detail: 'TimeoutStopSec= bounds the wait (systemd.service(5)).',
        code: '[Service]\n+TimeoutStopSec=300',
      },
    ],
    ns: at(0),
    count: 1,
  }
  return emptyReport({
    capture: 'slow-stop',
    verdict: verdictOf(finding),
    victim: { pid: 812, comm: 'slowd', unit: 'slowd.service' },
    path: {
      actors: [
        { key: 'unit:slowd.service', name: 'systemd', kind: 'process' },
        { key: 'pid:812', name: 'slowd 812', kind: 'process' },
      ],
      steps: [
        { link: 1, from: 'unit:slowd.service', to: 'pid:812', label: 'SIGTERM', ns: at(-90.1 * S), status: 'observed' },
        { link: 4, from: 'unit:slowd.service', to: 'pid:812', label: 'SIGKILL', ns: at(0), status: 'observed' },
      ],
    },
    findings: [finding],
    exitStatuses: [
      {
        status: '137',
        meaning:
          '128 + 9: how a shell or a container reports death by SIGKILL; systemd writes code=killed, status=9/KILL',
      },
    ],
    processes: [
      {
        pid: 812,
        ppid: 1,
        comm: 'slowd',
        argv: ['/usr/bin/slowd'],
        runtime: null,
        threads: [{ tid: 812, comm: 'slowd' }],
        startNs: at(-600 * S),
        endNs: at(0),
        exit: { kind: 'killed', code: null, signal: 'SIGKILL', coreDumped: false },
        refs: strace(90),
      },
    ],
    timeline: {
      startNs: at(-600 * S),
      endNs: at(0),
      reference: 'strace.log',
      focus: { startNs: at(-90.2 * S), endNs: at(0), zeroNs: at(0), zeroText: 'death' },
      events: [
        {
          ns: at(-90.1 * S),
          kind: 'signal',
          text: 'SIGTERM from systemd (pid 1) to pid 812: handled',
          refs: strace(88),
          lane: 'pid:812',
          from: 'unit:slowd.service',
          unordered: false,
        },
        {
          ns: at(-100 * MS),
          kind: 'stop-timeout',
          text: "State 'stop-sigterm' timed out. Killing.",
          refs: journal(5),
          lane: 'unit:slowd.service',
          from: null,
          unordered: false,
        },
        {
          ns: at(0),
          kind: 'killed',
          text: 'slowd (pid 812) was killed by SIGKILL',
          refs: strace(90),
          lane: 'pid:812',
          from: null,
          unordered: false,
        },
      ],
      lanes: [
        {
          key: 'pid:812',
          label: 'slowd 812',
          kind: 'process',
          spans: [{ startNs: at(-600 * S), endNs: at(0), kind: 'life', text: 'killed by SIGKILL', refs: strace(90) }],
        },
        {
          key: 'unit:slowd.service',
          label: 'slowd.service',
          kind: 'unit',
          spans: [
            {
              startNs: at(-90.2 * S),
              endNs: at(0),
              kind: 'stopped',
              text: 'stopping for 1 min 30 s',
              refs: journal(4, 5),
            },
          ],
        },
      ],
      omitted: { events: 0, lanes: 0 },
    },
    evidence: [
      ...[4, 5].map(line =>
        excerpt(
          { source: 'journal.json', line },
          '{"MESSAGE":"slowd.service: State \'stop-sigterm\' timed out. Killing."}',
        ),
      ),
      ...[88, 90].map(line =>
        excerpt(
          { source: 'strace.log', line },
          '812 1795478883.0 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---',
        ),
      ),
    ],
    sources: [source('strace.log', 'strace', 90), source('journal.json', 'journald', 5)],
  })
}
