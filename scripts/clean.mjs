// A file that was deleted or renamed in the source must not live on in dist/.
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
