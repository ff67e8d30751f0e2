/** Where things stand: the column of names and the plot beside it, or the plot alone with names over the bars. */
export interface Frame {
  width: number
  left: number
  right: number
  /** Names stand over the bars: a page of a telephone's width. */
  narrow: boolean
  /** Makes the ids of this picture its own where several stand on one page. */
  prefix: string
}
