/** The worker thread of `parallel.ts`: takes pieces as long as there are any, and sends what they give. */
import { parentPort, workerData } from 'node:worker_threads'
import { Dialect } from './dialect.js'
import { PieceReader, type WorkerResult, type WorkerTask } from './parallel.js'

const task = workerData as WorkerTask
// Methods do not cross threads.
const dialect = Object.assign(new Dialect(), task.dialect)
const reader = new PieceReader(dialect, task.file, task.size, task.pieceBytes)
const count = Math.ceil(task.size / task.pieceBytes)
for (let index = Atomics.add(task.next, 0, 1); index < count; index = Atomics.add(task.next, 0, 1)) {
  const { piece, buffers } = reader.scan(index)
  const result: WorkerResult = { index, piece }
  parentPort!.postMessage(result, buffers)
}
reader.close()
