import type { SingleBar } from 'cli-progress'

export interface Progress {
  started(bytes: number): void
  progress(bytes: number): void
  stop(): void
}

const MIB = 2 ** 20
/** Below this the work is done before a bar could be read. */
const WORTH_A_BAR = 64 * MIB

/** A progress bar on standard error; nothing where that is no terminal, or the user wants quiet. */
export async function progressBar(quiet: boolean): Promise<Progress> {
  if (quiet || !process.stderr.isTTY) return { started() {}, progress() {}, stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  let bar: SingleBar | null = null
  return {
    started(bytes) {
      if (bytes < WORTH_A_BAR) return
      bar = new cliProgress.SingleBar({
        stream: process.stderr,
        format: 'reading {bar} {value}/{total} MiB  {eta_formatted} left',
        clearOnComplete: true,
        hideCursor: false,
      })
      bar.start(Math.ceil(bytes / MIB), 0)
    },
    progress(bytes) {
      bar?.increment(bytes / MIB)
    },
    stop() {
      bar?.stop()
      bar = null
    },
  }
}
