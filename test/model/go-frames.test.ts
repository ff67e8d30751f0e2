import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSystemStack, ownerOf, packageOf, userFrame } from '../../src/model/go-frames.js'

const frame = (func: string, file: string | null = null) => ({ func, file, line: null })
const frames = (text: string) => text.split(' < ').map(f => frame(f))

const names = suite('packages of functions')
const PACKAGES: [string, string | null][] = [
  ['main.main', 'main'],
  ['net/http.(*conn).serve', 'net/http'],
  ['sync.(*Mutex).Lock', 'sync'],
  ['example.com/shop/cache.(*LRU[example.com/shop/price.Key]).Get', 'example.com/shop/cache'],
  ['example.com/shop/cache.Map[go.shape.int,go.shape.string]', 'example.com/shop/cache'],
  ['gopkg.in/yaml%2ev3.(*Decoder).Decode', 'gopkg.in/yaml%2ev3'],
  ['_/tmp/x.TestY.func1', '_/tmp/x'],
  ['main.glob..func1', 'main'],
  ['panic', null],
  ['_cgoexp_5ba1_goCallback', null],
  ['', null],
]
for (const [func, pack] of PACKAGES) names(`${func} is of ${pack}`, () => assert.is(packageOf(func), pack))

const owners = suite('owners of frames')
const OWNERS: [string, string | null, string][] = [
  ['runtime.gopark', '/usr/lib/go/src/runtime/proc.go', 'runtime'],
  ['internal/runtime/syscall.Syscall6', null, 'runtime'],
  ['panic', null, 'runtime'],
  ['time.Sleep', '/usr/lib/go/src/runtime/time.go', 'standard'],
  ['sync.(*Mutex).Lock', 'sync/mutex.go', 'standard'],
  ['net.runtime_pollWait', '/usr/local/go/src/pkg/runtime/netpoll.goc', 'standard'],
  ['math/big.addVV', 'C:/Go/src/math/big/arith_amd64.s', 'standard'],
  ['net/http.HandlerFunc.ServeHTTP', null, 'standard'],
  ['runtime/pprof.Do', '/usr/lib/go/src/runtime/pprof/runtime.go', 'standard'],
  ['log/ship.Send', '/home/me/log/ship/send.go', 'user'],
  ['internal/db.Open', '/home/me/src/shop/internal/db/open.go', 'user'],
  ['main.main', '/usr/local/go/src/main.go', 'user'],
  ['shop/db.Open', 'shop/db/open.go', 'user'],
  ['google.golang.org/grpc.(*Server).Serve', '/go/pkg/mod/google.golang.org/grpc@v1.60.1/server.go', 'library'],
  ['google.golang.org/grpc.(*Server).Serve', 'google.golang.org/grpc@v1.60.1/server.go', 'library'],
  ['golang.org/x/sync/errgroup.(*Group).Wait', null, 'library'],
  ['main._Cfunc_sleep', '_cgo_gotypes.go', 'foreign'],
  ['non-Go function', null, 'foreign'],
  ['memcpy.isra.0', null, 'foreign'],
]
for (const [func, file, owner] of OWNERS)
  owners(`${func} in ${file} is ${owner}`, () => assert.is(ownerOf(frame(func, file)), owner))

owners('the frame of the user is the innermost of the own code', () => {
  assert.is(userFrame(frames('runtime.gopark < sync.(*Mutex).Lock < main.f < main.main')), 2)
  const mod = frame('google.golang.org/grpc.(*Server).Serve', '/go/pkg/mod/google.golang.org/grpc@v1.60.1/server.go')
  assert.is(userFrame([frame('io.ReadFull'), mod, frame('main.main')]), 2)
  assert.is(userFrame([frame('io.ReadFull'), mod]), 1)
  assert.is(userFrame(frames('internal/poll.runtime_pollWait < net/http.(*conn).serve')), -1)
  assert.is(userFrame([]), -1)
})

const system = suite('goroutines of the runtime')
const by = (func: string | null) => (func === null ? null : frame(func))
const SYSTEM: [string, string | null, boolean][] = [
  ['runtime.gopark < runtime.forcegchelper < runtime.goexit', 'runtime.init.7', true],
  ['runtime.gopark < runtime.bgsweep < runtime.gcenable.gowrap1 < runtime.goexit', 'runtime.gcenable', true],
  ['runtime.notetsleepg < os/signal.signal_recv < os/signal.loop < runtime.goexit', 'os/signal.Notify.func1.1', true],
  ['os/signal.signal_recv < os/signal.loop', 'os/signal.init.0', true],
  ['runtime.goexit', null, true],
  ['runtime.gopark < runtime.runfinq < runtime.goexit', 'runtime.createfing', true],
  ['main.(*F).close < runtime.call16 < runtime.runfinq < runtime.goexit', 'runtime.createfing', false],
  ['runtime.gopark < runtime.main < runtime.goexit', null, false],
  ['runtime.gopark < runtime.chanrecv < main.main < runtime.main < runtime.goexit', null, false],
  ['runtime.gopark < main.worker < runtime.goexit', 'main.main', false],
  ['runtime.GC', 'main.main', false],
  ['main.main', null, false],
]
for (const [text, creator, is] of SYSTEM)
  system(`${text} by ${creator}: ${is}`, () => assert.is(isSystemStack(frames(text), by(creator)), is))
system('a stack that could not be read is judged by its creator', () => {
  assert.is(isSystemStack([], by('runtime.gcBgMarkStartWorkers')), true)
  assert.is(isSystemStack([], by('main.main')), false)
  assert.is(isSystemStack([], null), false)
})

names.run()
owners.run()
system.run()
