/** d3-node has no types of its own; this is the part that is used. */
declare module 'd3-node' {
  interface Selection {
    append(tag: string): Selection
    attr(name: string, value: string | number): Selection
    text(text: string): Selection
    node(): object | null
  }
  export class D3Node {
    readonly window: { XMLSerializer: new () => { serializeToString(node: object): string } }
    createSVG(width: number, height: number, attrs: Record<string, string | number>): Selection
  }
}
