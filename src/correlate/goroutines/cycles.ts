/** Cycles in a wait-for graph. */

export interface Dependency {
  /** Who waits. */
  from: string
  /** For whom; null where nobody is known. */
  to: string | null
}

/**
 * One cycle for each knot of the graph (strongly connected component that holds a cycle), as indexes into `edges` in the
 * order of the cycle: each edge's `to` is the next one's `from`. None is missed and none is made up: a graph without
 * cycles yields nothing. Linear in the number of edges (Tarjan, with its own stack: a chain may be 100,000 long).
 */
export function findCycles(edges: readonly Dependency[]): number[][] {
  const nodes = new Map<string, number>()
  const node = (name: string) => {
    let index = nodes.get(name)
    if (index === undefined) {
      index = nodes.size
      nodes.set(name, index)
    }
    return index
  }
  const from: number[] = []
  const to: number[] = []
  for (const edge of edges) {
    from.push(node(edge.from))
    to.push(edge.to === null ? -1 : node(edge.to))
  }
  const out: number[][] = Array.from({ length: nodes.size }, () => [])
  edges.forEach((_, i) => {
    if (to[i] !== -1) out[from[i]].push(i)
  })
  const component = components(out, to)
  const cycles: number[][] = []
  const done = new Set<number>()
  for (let i = 0; i < edges.length; i++) {
    if (to[i] === -1 || component[from[i]] !== component[to[i]] || done.has(component[from[i]])) continue
    done.add(component[from[i]])
    cycles.push(cycleThrough(i, out, from, to, component))
  }
  return cycles
}

/** Number of the strongly connected component of each node. */
function components(out: readonly number[][], to: readonly number[]): Int32Array {
  const count = out.length
  const index = new Int32Array(count).fill(-1)
  const low = new Int32Array(count)
  const component = new Int32Array(count).fill(-1)
  const next = new Int32Array(count)
  const open: number[] = []
  let counter = 0
  let found = 0
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1) continue
    const path = [root]
    while (path.length > 0) {
      const at = path[path.length - 1]
      if (next[at] === 0) {
        index[at] = low[at] = counter++
        open.push(at)
      }
      const edge = out[at][next[at]++]
      if (edge !== undefined) {
        const target = to[edge]
        if (index[target] === -1) path.push(target)
        else if (component[target] === -1) low[at] = Math.min(low[at], index[target])
        continue
      }
      path.pop()
      if (path.length > 0) low[path[path.length - 1]] = Math.min(low[path[path.length - 1]], low[at])
      if (low[at] !== index[at]) continue
      for (let member = open.pop() as number; ; member = open.pop() as number) {
        component[member] = found
        if (member === at) break
      }
      found++
    }
  }
  return component
}

/** The shortest cycle that goes through an edge inside its component. */
function cycleThrough(
  first: number,
  out: readonly number[][],
  from: readonly number[],
  to: readonly number[],
  component: Int32Array,
): number[] {
  const goal = from[first]
  const reached = new Map<number, number>()
  let front = [to[first]]
  while (!reached.has(goal) && to[first] !== goal && front.length > 0) {
    const further: number[] = []
    for (const at of front)
      for (const edge of out[at]) {
        const target = to[edge]
        if (component[target] !== component[goal] || reached.has(target) || target === to[first]) continue
        reached.set(target, edge)
        further.push(target)
      }
    front = further
  }
  const back: number[] = []
  for (let at = goal; at !== to[first]; at = from[back[back.length - 1]]) back.push(reached.get(at) as number)
  return [first, ...back.reverse()]
}
