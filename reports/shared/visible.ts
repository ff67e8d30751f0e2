/**
 * Text from an input is shown as text, whatever is in it. Characters that a terminal, a browser or XML would act on are
 * replaced by something that can be seen: control characters by their pictures (`␛[31m`), bidirectional marks and other
 * invisible characters by their code (`‹U+202E›`), halves of surrogate pairs by U+FFFD. Line ends and tabs stay.
 */
export const UNSEEN =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Longest text that is shown of one field; nobody reads more, and a page must stay a page. */
const LONGEST = 4_000

export function visible(text: string, longest = LONGEST): string {
  const clipped = text.length > longest ? `${withoutHalf(text.slice(0, longest))}…` : text
  return clipped.replace(UNSEEN, picture)
}

/** The same in one line: line ends and tabs become blanks. */
export function oneLine(text: string, longest = LONGEST): string {
  return visible(text, longest).replace(/[\r\n\t]+/g, ' ')
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`
}

function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}
