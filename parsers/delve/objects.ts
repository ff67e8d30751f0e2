/** What Delve shows of variables (`bt -full`, JSON) in the words that text dumps have for arguments. */
import type { Frame } from '../../src/model/goroutine.js'
import { objectAddress } from '../shared/object-address.js'
import { primitiveOfFrames } from '../shared/primitive-frames.js'

export interface Variable {
  name: string
  /** Address that a pointer, channel or unsafe.Pointer holds; null for other kinds and unreadable ones. */
  pointer: number | null
  /** Type as Delve prints it, `*main.Account`; null where it is not shown. */
  type: string | null
  /** Known to be a parameter, not a local variable: JSON tells them apart, the terminal does not. */
  parameter: boolean
}

/** The parameter that names the object waited on comes first in the argument words; see object-address.ts. */
const OBJECT_PARAMETERS: readonly [RegExp, string][] = [
  [/sync\.\(\*Mutex\)\./, 'm'],
  [/^sync\.\(\*RWMutex\)\./, 'rw'],
  [/^sync\.\(\*WaitGroup\)\.Wait$/, 'wg'],
  [/^sync\.\(\*Cond\)\.Wait$/, 'c'],
  [/^sync\.runtime_notifyListWait$/, 'l'],
  [/^runtime\.chan(?:recv|send)[12]?$/, 'c'],
  [/^runtime\.semacquire1$|^(?:internal\/)?sync\.runtime_Semacquire/, 'addr'],
  [/^(?:internal\/poll|net)\.\(\*fdMutex\)\.rwlock$/, 'mu'],
  [/^(?:internal\/poll|net)\.runtime_pollWait$/, 'pd'],
]

/** Functions without parameters: all that Delve shows there are local variables. */
const NO_PARAMETERS = /^main\.main$|\.init(?:\.\d+)?$/

/**
 * Argument text of a frame out of its variables: the words of what it points to, as a dump would show them. `null` where
 * no variable holds a pointer. Parameters that could not be read stay `_`, as in dumps. What may be a local variable gets
 * the `?` of words that are not sure to be arguments: who made an object has it in a variable and need not work on it.
 */
function argumentsOf(func: string, variables: readonly Variable[]): string | null {
  if (NO_PARAMETERS.test(func)) return null
  const object = OBJECT_PARAMETERS.find(([pattern]) => pattern.test(func))?.[1]
  const first = object === undefined ? receiverOf(func, variables) : variables.find(v => v.name === object)
  const rest = variables.filter(v => v !== first && v.pointer !== null)
  if (rest.length === 0 && (first?.pointer ?? null) === null) return null
  const words = rest.map(v => `${hex(v.pointer as number)}${v.parameter ? '' : '?'}`)
  if (object !== undefined || first !== undefined) words.unshift(first?.pointer ? hex(first.pointer) : '_')
  return words.join(', ')
}

/**
 * The receiver of a method: the first variable, where it is a pointer to the type of the method.
 *
 *   main.(*Account).TransferTo     a = (*main.Account)(0xc0000cc0f0)
 */
function receiverOf(func: string, [first]: readonly Variable[]): Variable | undefined {
  const method = /^(.*)\.\(\*(.+)\)\.[^.()]+$/.exec(func)
  return method && first?.type === `*${method[1]}.${method[2]}` ? first : undefined
}

/** Gives the frames of one stack their argument words, innermost first. */
export class StackArguments {
  #pc: number | undefined
  #inner: readonly Variable[] = []

  /**
   * Argument text of the next frame. What was inlined into it has the same program counter, and Delve lists the parameters
   * of the inlined function among the variables of the outer one as well: those are not the outer one's.
   *
   *   5  0x0000000000670bf9 in sync.(*Mutex).Lock          m = (*sync.Mutex)(0xc0000cc110)
   *   6  0x0000000000670bf9 in main.(*Account).deposit     m = (*sync.Mutex)(0xc0000cc110)
   */
  of({ func, pc }: Frame, variables: readonly Variable[]): string | null {
    const inlined = pc !== undefined && pc === this.#pc ? this.#inner : []
    const own = variables.filter(v => !inlined.some(i => i.name === v.name && i.pointer === v.pointer))
    this.#pc = pc
    this.#inner = variables
    return argumentsOf(func, own)
  }
}

function hex(address: number): string {
  return `0x${address.toString(16)}`
}

/**
 * The pointer in a value as Delve's terminal prints it.
 *
 *   (*sync.Mutex)(0xc0000b2020)    unsafe.Pointer(0xc000012345)    *main.T {…}: none
 *                 ^
 */
export function pointerOf(value: string): number | null {
  const m =
    /^(?:\(\*[^()]{1,400}\)|\(\("[^"]{1,400}"\)\)|unsafe\.Pointer|\*?\("\*[^"]{1,400}"\))\(0x([0-9a-f]{1,16})\)/.exec(
      value,
    )
  const address = m ? Number.parseInt(m[1], 16) : 0
  return address === 0 ? null : address
}

/**
 * The type in a value as Delve's terminal prints it: `(*main.Account)(0xc0000cc0f0)`, `("*example.com/shop.Cart")(0xc…)`;
 * null for other values.
 */
export function pointerTypeOf(value: string): string | null {
  const m = /^(?:\((\*[^()]{1,400})\)|\(?\("(\*[^"]{1,400})"\)\)?)\(/.exec(value)
  return m && (m[1] ?? m[2])
}

/** Address of what a goroutine with these frames waits on; 0 where they do not give it. */
export function objectOfFrames(frames: readonly Frame[]): number {
  return frames.some(f => f.args !== undefined) ? objectAddress(primitiveOfFrames(frames), frames) : 0
}
