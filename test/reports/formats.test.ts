/** The formats that other tools read, each held to what its reader asks for; and no secret in any format. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderers } from '../../reports/index.js'
import type { Report } from '../../src/model/report.js'
import { analyze } from '../../src/pipeline/analyze.js'
import { analyzeFiles, inFolder } from '../support/analyze.js'

async function rendered(id: string, report: Report): Promise<string> {
  let text = ''
  for await (const piece of renderers
    .find(r => r.id === id)!
    .render(report, { color: false, width: 100, verbose: true }))
    text += typeof piece === 'string' ? piece : Buffer.from(piece).toString('utf8')
  return text
}

const HOSTILE = '</failure>\x1b[31m]]>&<x a="1">\u202e\0'
/** A report of a sample whose every finding bears a hostile title. */
async function reports(): Promise<[string, Report][]> {
  const death = await analyze(['samples/silent-sigpipe/capture'])
  const hang = await analyze(['samples/mutex-deadlock/capture'])
  const findings = hang.findings.map(f => ({ ...f, title: f.title + HOSTILE, summary: HOSTILE }))
  return [
    ['a death', death],
    ['a hang', hang],
    ['hostile words', { ...hang, capture: HOSTILE, findings }],
    ['nothing', await analyzeFiles({ 'x.bin': '\0\x01' })],
  ]
}

const formats = suite('formats for other tools')

for (const [what, report] of await reports()) {
  formats(`junit: ${what}`, async () => {
    const xml = await rendered('junit', report)
    assert.is(XMLValidator.validate(xml), true)
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml)
    const cases = [testsuites.testsuite.testcase].flat()
    assert.is(cases.length, Number(testsuites.testsuite['@_tests']))
    assert.is(cases.filter(c => 'failure' in c).length, Number(testsuites.testsuite['@_failures']))
    assert.not.match(xml, /[\0-\x08\x0b\x0c\x0e-\x1f]/)
  })
  formats(`sarif: ${what}`, async () => {
    const log = JSON.parse(await rendered('sarif', report))
    assert.is(log.version, '2.1.0')
    const [run] = log.runs
    assert.is(run.results.length, report.findings.length)
    for (const result of run.results) {
      assert.is(run.tool.driver.rules[result.ruleIndex].id, result.ruleId)
      assert.ok(['error', 'warning', 'note'].includes(result.level))
      for (const { physicalLocation } of [...result.locations, ...result.relatedLocations]) {
        const { artifactLocation, region } = physicalLocation
        assert.is(run.artifacts[artifactLocation.index].location.uri, artifactLocation.uri)
        assert.ok(region.startLine >= 1 || region.byteOffset >= 0)
      }
    }
  })
  formats(`trace-event: ${what}`, async () => {
    const { traceEvents } = JSON.parse(await rendered('trace-event', report))
    const open = new Map<number, { ts: number }>()
    for (const event of traceEvents) {
      assert.ok(Number.isInteger(event.pid) && Number.isInteger(event.tid))
      if (event.ph === 'X') assert.ok(event.dur >= 0)
      if (event.ph === 's') open.set(event.id, event)
      // An arrow begins before it ends, and each end inside a slice of its own.
      if (event.ph !== 's' && event.ph !== 'f') continue
      assert.ok(
        traceEvents.some(
          (e: typeof event) => e.ph === 'X' && e.tid === event.tid && e.ts <= event.ts && event.ts <= e.ts + e.dur,
        ),
      )
      if (event.ph === 'f') assert.ok(open.get(event.id)!.ts <= event.ts)
    }
  })
  formats(`otlp: ${what}`, async () => {
    const { resourceSpans } = JSON.parse(await rendered('otlp', report))
    const spans = resourceSpans.flatMap((r: { scopeSpans: { spans: object[] }[] }) =>
      r.scopeSpans.flatMap(s => s.spans),
    )
    const ids = new Set(spans.map((s: { spanId: string }) => s.spanId))
    assert.is(ids.size, spans.length)
    for (const span of spans) {
      assert.match(span.traceId, /^[0-9a-f]{32}$/)
      assert.match(span.spanId, /^[0-9a-f]{16}$/)
      assert.ok(span.parentSpanId === undefined || ids.has(span.parentSpanId))
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano))
    }
  })
}

const secrets = suite('secrets in the evidence')

const CANARY = 'Canary7f3aZebra'
const CANARIES = {
  'strace.txt': `10 1795479000.000000 execve("/bin/app", ["app", "--token", "${CANARY}1"], ["DB_PASSWORD=${CANARY}2"]) = 0 <0.001>
10 1795479001.000000 write(2<pipe:[5]>, "password=${CANARY}3\\n", 20) = -1 EPIPE (Broken pipe) <0.000010>
10 1795479001.000010 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 1795479001.000020 +++ killed by SIGPIPE +++
`,
  'goroutines.txt': `panic: login with token=${CANARY}4 failed for ${CANARY}5@example.org\n\ngoroutine 1 [running]:\nmain.main()\n\t/home/${CANARY}6/src/main.go:7 +0x1d\n\ngoroutine 9 [chan send, 9 minutes, {"api_key": "${CANARY}7"}]:\nmain.leak()\n\t/home/${CANARY}6/src/main.go:9 +0x1d\ncreated by main.main in goroutine 1\n\t/home/${CANARY}6/src/main.go:8 +0x2d\n`,
  'journal.json': `{"__REALTIME_TIMESTAMP":"1795479002000000","_PID":"1","_COMM":"systemd","SYSLOG_IDENTIFIER":"systemd","UNIT":"app.service","MESSAGE":"app.service: Main process exited, code=killed, status=13/PIPE Authorization: Bearer ${CANARY}8"}\n`,
  'proc/cmdline': `/bin/app\0--token\0${CANARY}1\0`,
  'proc/comm': 'app\n',
  'proc/status':
    'Name:\tapp\nState:\tS (sleeping)\nTgid:\t10\nPid:\t10\nPPid:\t1\nThreads:\t1\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\n',
  'audit.log': `type=SYSCALL msg=audit(1795479000.100:21): arch=c000003e syscall=62 success=yes exit=0 a0=a a1=f items=0 ppid=1 pid=77 auid=0 uid=0 gid=0 comm="killer" exe="/home/${CANARY}6/killer" key="sig"\ntype=OBJ_PID msg=audit(1795479000.100:21): opid=10 oauid=0 ouid=0 oses=1 ocomm="app"\ntype=PROCTITLE msg=audit(1795479000.100:21): proctitle="killer --password=${CANARY}D"\n`,
  'app.service': `[Service]\nExecStart=/bin/app --token ${CANARY}1\nEnvironment="CUSTOMER=${CANARY}9"\nRestart=on-failure\n`,
}

/** A core whose arguments (pr_psargs, 80 bytes of NT_PRPSINFO) bear a secret. */
function coreWithSecret(): Buffer {
  const core = gunzipSync(readFileSync('samples/c-segfault/capture/core.gz'))
  const start = core.indexOf('../segv x ')
  assert.ok(start > 0)
  core.fill(0, start, start + 60)
  core.write(`segv --token=${CANARY}C`, start)
  return core
}

secrets('planted in every kind of text appear in no format', async () => {
  const report = await analyzeFiles({ ...CANARIES, core: coreWithSecret() })
  assert.ok(report.sources.some(s => s.kind === 'elf-core'))
  // They do reach the report where nothing is redacted; 8 and D stand in lines that nothing cites.
  const open = await inFolder({ ...CANARIES, core: coreWithSecret() }, folder => analyze([folder], { redact: false }))
  for (const which of '12345679C') assert.match(JSON.stringify(open), CANARY + which)
  assert.ok(report.sources.every(s => s.kind !== 'unrecognised'))
  assert.ok(report.redactions.length > 0)
  for (const { id } of renderers) assert.not.match(await rendered(id, report), CANARY, id)
})

formats.run()
secrets.run()
