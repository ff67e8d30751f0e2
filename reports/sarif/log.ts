import type { Severity } from '../../src/model/finding.js'
import type { Ref } from '../../src/model/ref.js'
import type { Report, ReportFinding } from '../../src/model/report.js'

const LEVEL: Record<Severity, 'error' | 'warning' | 'note'> = {
  fatal: 'error',
  error: 'error',
  warning: 'warning',
  note: 'note',
}
/** How likely it is that a reader who looks only at sure results wants to see it (SARIF 2.1.0, 3.27.25: 0 to 100). */
const RANK = { proven: 100, likely: 70, possible: 40, insufficient: 10 }

/** A SARIF log (OASIS SARIF 2.1.0): one run, a result for each finding, its chain as a code flow. */
export function sarifLog(report: Report): object {
  const ids = [...new Set(report.findings.map(f => f.rule))]
  const artifacts = report.sources.map(s => ({
    location: { uri: uriOf(s.path) },
    length: s.bytes,
    ...(s.sha256 && { hashes: { 'sha-256': s.sha256 } }),
  }))
  const index = new Map(report.sources.map((s, i) => [s.path, i]))
  const locations = (refs: readonly Ref[]) => refs.map(ref => location(ref, index))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: ids.map(id => ({ id, name: id.replace(/(?:^|[/-])([a-z])/g, (_, c: string) => c.toUpperCase()) })),
          },
        },
        columnKind: 'unicodeCodePoints',
        artifacts,
        results: report.findings.map((f, i) =>
          result(f, ids, i === report.verdict.finding ? report.fingerprint : '', locations),
        ),
      },
    ],
  }
}

function result(
  finding: ReportFinding,
  ids: string[],
  fingerprint: string,
  locations: (refs: readonly Ref[]) => object[],
) {
  const refs = finding.chain.flatMap(link => link.refs)
  const steps = finding.chain
    .map(link => ({ text: link.text, status: link.status, at: locations(link.refs.slice(0, 1)) }))
    .filter(step => step.at.length > 0)
  return {
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: LEVEL[finding.severity],
    rank: RANK[finding.confidence],
    message: { text: [finding.title, finding.summary].filter(Boolean).join('\n') },
    locations: locations(refs.slice(0, 1)),
    relatedLocations: locations(refs.slice(1, 20)),
    ...(fingerprint && { partialFingerprints: { 'sigtrace/v1': fingerprint } }),
    ...(steps.length > 0 && {
      codeFlows: [
        {
          threadFlows: [
            {
              locations: steps.map(step => ({
                location: { ...step.at[0], message: { text: step.text } },
                kinds: [step.status],
              })),
            },
          ],
        },
      ],
    }),
    properties: { confidence: finding.confidence, subject: finding.subject, count: finding.count },
  }
}

function location(ref: Ref, index: Map<string, number>): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(ref.source), ...(index.has(ref.source) && { index: index.get(ref.source) }) },
      region: ref.line !== undefined ? { startLine: ref.line } : { byteOffset: ref.offset ?? 0, byteLength: 0 },
    },
  }
}

/** A path inside the capture as a relative URI. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
