/** Findings that read the same are told once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alike, timesOf, whose } from '../../reports/shared/alike.js'
import type { ReportFinding } from '../../src/model/report.js'

const told = suite('findings alike')

function finding(title: string, more: Partial<ReportFinding> = {}): ReportFinding {
  return {
    rule: 'exit/dump-requested',
    severity: 'fatal',
    confidence: 'proven',
    title,
    summary: '',
    subject: {},
    chain: [{ text: 'seen', status: 'observed', refs: [{ source: 'a.txt', line: 1 }], ns: null }],
    remedies: [],
    ns: null,
    count: 1,
    ...more,
  }
}

told('those of one title, severity and confidence are one group, in order', () => {
  const findings = [finding('x'), finding('y'), finding('x'), finding('x', { confidence: 'likely' })]
  assert.equal(
    alike(findings).map(group => group.length),
    [2, 1, 1],
  )
})
told('what tells one from another: the process, else the file that shows it', () => {
  assert.is(whose(finding('x', { subject: { pid: 7 } })), 'pid 7')
  assert.is(whose(finding('x')), 'a.txt')
  assert.is(whose(finding('pid 7 died', { subject: { pid: 7 } })), '')
})
told('a count that the title gives is not given again', () => {
  assert.is(timesOf(finding('30 writes failed', { count: 30 })), 1)
  assert.is(timesOf(finding('330 writes failed', { count: 30 })), 30)
})
told.run()
