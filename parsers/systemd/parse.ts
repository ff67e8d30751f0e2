import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { readCoreInfo, readCoreJson, readCoreList } from './coredumpctl.js'
import { recognise } from './forms.js'
import { readStatus } from './status.js'

/** Reads the output of `systemctl status` and of coredumpctl. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  for (const input of inputs) {
    const form = recognise(input.head)?.form
    if (form === 'core-info') readCoreInfo(input, sink)
    else if (form === 'core-list') readCoreList(input, sink)
    else if (form === 'core-json') readCoreJson(input, sink)
    else readStatus(input, sink)
    sink.progress(input.size)
  }
}
