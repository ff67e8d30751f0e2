/**
 * Colours of the pictures on a light background, as presentation attributes: they hold where no style sheet is applied.
 * Each has a class of the same role, by which the page's style sheet repaints it in the dark.
 */
export const PAINT = {
  ink: '#15181c',
  ink2: '#474d54',
  ink3: '#5f666d',
  line: '#dcd7cd',
  line2: '#bdb7ab',
  card: '#ffffff',
  sunk: '#f1eee8',
  red: '#b42318',
  redBack: '#fdeeeb',
  redLine: '#e3a49b',
  amber: '#7d5200',
  amberBack: '#fcf3df',
  amberLine: '#d3ad62',
  blue: '#1d5ca8',
  blueBack: '#e9f1fb',
  violet: '#6239ad',
  violetBack: '#f1ecfa',
  teal: '#0b6657',
  tealBack: '#d9efe8',
} as const

export type Role = keyof typeof PAINT

/** Fill of a role: attribute and class. */
export function fill(role: Role, ...others: string[]): { fill: string; class: string } {
  return { fill: PAINT[role], class: [`f-${role}`, ...others].join(' ') }
}

/** Stroke of a role without fill. */
export function stroke(role: Role, width = 1, ...others: string[]) {
  return { fill: 'none', stroke: PAINT[role], 'stroke-width': width, class: [`s-${role}`, ...others].join(' ') }
}

/** Fill and stroke. */
export function both(inside: Role, outside: Role, width = 1) {
  return { fill: PAINT[inside], stroke: PAINT[outside], 'stroke-width': width, class: `f-${inside} s-${outside}` }
}
