/** A command line reads as one would type it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine } from '../../src/model/words.js'

const line = suite('command lines')

line('plain words stand as they are', () => {
  assert.is(commandLine(['app', '--port=80', '/srv/[user-1]/x']), 'app --port=80 /srv/[user-1]/x')
})
line('an empty word, blanks, quotes and what a shell would take apart', () => {
  assert.is(commandLine(['redis-server', '--save', '', '--dir', '/a b']), "redis-server --save '' --dir '/a b'")
  assert.is(commandLine(['sh', '-c', "kill 1; echo it's"]), `sh -c 'kill 1; echo it'\\''s'`)
})
line.run()
