import { XMLBuilder } from 'fast-xml-parser'
import type { Report, ReportFinding } from '../../src/model/report.js'
import { refText } from '../shared/ref-text.js'
import { visible } from '../shared/visible.js'

/**
 * JUnit XML as Jenkins and GitLab read it: one suite for the capture, a failed case for each finding that is an error, a
 * passed one with its text in system-out for the rest; one passed case where there is no finding.
 */
export function junitDocument(report: Report): string {
  const failed = report.findings.filter(isFailure)
  const cases = report.findings.map(testCase)
  if (cases.length === 0) cases.push({ '@_classname': 'sigtrace', '@_name': report.verdict.title })
  const suite = {
    '@_name': visible(report.capture),
    '@_tests': cases.length,
    '@_failures': failed.length,
    '@_errors': report.failures.length,
    '@_skipped': 0,
    testcase: [
      ...cases,
      ...report.failures.map(f => ({
        '@_classname': 'sigtrace',
        '@_name': f.rule,
        error: { '@_message': visible(f.text), '@_type': 'internal' },
      })),
    ],
  }
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true })
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: { '@_name': 'sigtrace', '@_tests': cases.length, '@_failures': failed.length, testsuite: suite },
  }) as string
}

function isFailure(finding: ReportFinding): boolean {
  return finding.severity === 'fatal' || finding.severity === 'error'
}

function testCase(finding: ReportFinding): Record<string, unknown> {
  const text = visible(
    [
      `${finding.title} [${finding.confidence}]`,
      finding.summary,
      ...finding.chain.map(
        l => `- ${l.status}: ${l.text}${l.refs.length > 0 ? ` (${l.refs.slice(0, 3).map(refText).join(', ')})` : ''}`,
      ),
      ...finding.remedies.map(r => `Remedy: ${r.title}. ${r.detail}`),
    ]
      .filter(Boolean)
      .join('\n'),
  )
  return {
    '@_classname': `sigtrace.${finding.rule.replaceAll('/', '.')}`,
    '@_name': visible(finding.title),
    ...(isFailure(finding)
      ? { failure: { '@_message': visible(finding.title), '@_type': finding.rule, '#text': text } }
      : { 'system-out': text }),
  }
}
