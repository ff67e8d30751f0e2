import type { Report } from '../../src/model/report.js'

/** One JSON document, a piece for each field and each row of a list, so that it never stands in memory as one string. */
export function* jsonPieces(report: Report): Iterable<string> {
  let separator = '{\n'
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue
    yield `${separator}  ${JSON.stringify(key)}: `
    separator = ',\n'
    if (Array.isArray(value) && value.length > 0) {
      for (let i = 0; i < value.length; i++) yield `${i === 0 ? '[\n' : ',\n'}    ${JSON.stringify(value[i])}`
      yield '\n  ]'
    } else yield JSON.stringify(value)
  }
  yield '\n}\n'
}
