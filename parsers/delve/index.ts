import type { Parser } from '../../src/model/parser.js'

const DECODER = new TextDecoder('latin1')

/** Lines that only Delve's terminal prints; see lines.ts. Colours may stand before any of them. */
const SESSION =
  /(?:^|\n)(?:\x1b\[[0-9;]*m)*(?:\(dlv\) {0,4})*(?:Type 'help' for list of commands\.|[* ] Goroutine (?:\d+ - (?:User|Runtime|Go|Start): |\(unreadable )|[* ] Thread \d+ at \S|> (?:\[[^\]\n]{1,200}\] )?\S{1,200}\([^\n]{0,200}\) [^\n]{1,400}\(PC: 0x)/
const STACK = /(?:^|\n)\s{0,16}\d{1,9} {2}(?:0x[0-9a-f]{8,16}) in [^\n]{1,400}\r?\n\s{1,24}at /
const LOG =
  /(?:^|\n)(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{1,12} (?:debug|info|warning|error) layer=|time="[^"\n]{1,40}" level=\w{1,8} [^\n]{0,2000}layer=(?:debugger|rpc|dap|gdbwire))/
const OUTPUT = /(?:^|\n)(?:API server listening at: |Command failed: |Process \d+ has exited with status -?\d)/
/** Field names that no other JSON has together (service/api/types.go). */
const JSON_FIELDS =
  /"(?:DelveVersion|goStatementLoc|userCurrentLoc|goroutineID|FramePointerOffset|currentThread|TargetCommandLine)"\s*:|RPCServer\./

/** Delve: what its terminal prints, what its JSON-RPC server answers, and its own log. */
export const delve: Parser = {
  id: 'delve',
  title: 'Delve: goroutines, bt, threads, stops and the log of dlv 1.4 to 1.27, JSON of its RPC API 1 and 2',
  clock: 'realtime',
  sniff(head) {
    const text = DECODER.decode(head)
    const first = /^\s{0,256}([{[])/.exec(text)
    if (first && JSON_FIELDS.test(text)) return 95
    if (text.startsWith("Type 'help' for list of commands.")) return 96
    if (SESSION.test(text)) return 94
    if (STACK.test(text)) return 90
    if (LOG.test(text)) return 85
    if (OUTPUT.test(text)) return 40
    return 0
  },
  async parse(inputs, sink) {
    const { parseDelve } = await import('./parse.js')
    parseDelve(inputs, sink)
  },
}
