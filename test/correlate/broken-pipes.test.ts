/** Who gave up the other end of a pipe or socket, and when nobody may be named. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const pipes = suite('broken pipes')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })

/** First link of the chain of whatever finding tells of the failed write. */
function giver(report: Report): { text: string; status: string; lines: (number | undefined)[] } {
  const finding = report.findings.find(f => /^(?:sigpipe|epipe)\//.test(f.rule))
  assert.ok(finding, 'no finding tells of the failed write')
  const [link] = finding.chain
  return { text: link.text, status: link.status, lines: link.refs.map(r => r.line) }
}

const PIPE = (tid: number) => `${tid} pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>`
const FAILS = (tid: number) => `${tid} write(4<pipe:[5]>, "hi", 2) = -1 EPIPE (Broken pipe) <0.000003>
${tid} --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=${tid}, si_uid=0} ---
${tid} +++ killed by SIGPIPE +++`

pipes('the reader that closed its end', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(4<pipe:[5]>) = 0 <0.000010>
11 execve("/usr/bin/head", ["head", "-1"], 0x7f /* 9 vars */) = 0 <0.000293>
11 close(3<pipe:[5]>) = 0 <0.000010>
11 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.match(link.text, /^head \(pid 11\) closed the last read end of pipe:\[5\], 2 ms before/)
  assert.is(link.status, 'observed')
  assert.equal(link.lines, [7])
})

pipes('the same without descriptors in the log (no -y)', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
10 pipe2([3, 4], 0) = 0 <0.000036>
${FORK(10, 11)}
10 close(3) = 0 <0.000010>
11 close(4) = 0 <0.000010>
11 close(3) = 0 <0.000010>
11 pause( <unfinished ...>
10 write(4, "hi", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`),
  )
  assert.match(link.text, /\(pid 11\) closed the other end of its fd 4/)
})

pipes('the reader that died with it open', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(4<pipe:[5]>) = 0 <0.000010>
11 exit_group(0) = ?
11 +++ exited with 0 +++
${FAILS(10)}`),
  )
  assert.match(link.text, /\(pid 11\) died, and with it went the last read end/)
})

pipes('a death is printed after the write that it broke', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(4<pipe:[5]>) = 0 <0.000010>
11 exit_group(0) = ?
${FAILS(10)}
11 +++ exited with 0 +++`),
  )
  assert.match(link.text, /\(pid 11\) died/)
})

pipes('execve closes what is marked for it', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], O_CLOEXEC) = 0 <0.000036>
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 execve("/usr/bin/true", ["true"], 0x7f /* 9 vars */) = 0 <0.000293>
11 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.match(link.text, /true \(pid 11\) gave up by execve/)
})

pipes('of three holders the last one', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
${FORK(10, 12)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(4<pipe:[5]>) = 0 <0.000010>
12 close(4<pipe:[5]>) = 0 <0.000010>
11 dup2(3<pipe:[5]>, 0) = 0<pipe:[5]> <0.000010>
11 close(3<pipe:[5]>) = 0 <0.000010>
11 close(0<pipe:[5]>) = 0 <0.000010>
12 close(3<pipe:[5]>) = 0 <0.000010>
11 pause( <unfinished ...>
12 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.match(link.text, /\(pid 12\) closed/)
})

pipes('nobody is named while another holder shows no sign of having let go', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
${FORK(10, 12)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(3<pipe:[5]>) = 0 <0.000010>
12 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.is(link.status, 'inferred')
  assert.not.match(link.text, /pid 1[12]/)
})

pipes('nobody is named for a pipe that was there before the trace', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${FORK(10, 11)}
11 read(0<pipe:[5]>, "x", 1) = 1 <0.000010>
11 close(0<pipe:[5]>) = 0 <0.000010>
11 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.is(link.status, 'inferred')
})

pipes('nobody is named once the end was handed on in a message', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 sendmsg(6<UNIX-STREAM:[7->8]>, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3<pipe:[5]>]}], msg_controllen=24, msg_flags=0}, 0) = 1 <0.000020>
11 close(3<pipe:[5]>) = 0 <0.000010>
11 pause( <unfinished ...>
${FAILS(10)}`),
  )
  assert.is(link.status, 'inferred')
})

pipes('a write that waits fails when the reader goes, not when it began', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${PIPE(10)}
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(4<pipe:[5]>) = 0 <0.000010>
10 write(4<pipe:[5]>, "hi"..., 200000 <unfinished ...>
+500 11 close(3<pipe:[5]>) = 0 <0.000010>
11 pause( <unfinished ...>
10 <... write resumed>) = -1 EPIPE (Broken pipe) <0.502000>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`),
  )
  assert.match(link.text, /\(pid 11\) closed/)
})

pipes('a connection by its two names: the peer that closed', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'client')}
${FORK(10, 11)}
10 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<TCP:[21]> <0.000010>
10 connect(3<TCP:[21]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0 <0.000024>
11 accept4(4<TCP:[127.0.0.1:80]>, NULL, NULL, SOCK_CLOEXEC) = 5<TCP:[127.0.0.1:80->127.0.0.1:5000]> <0.000036>
11 close(5<TCP:[127.0.0.1:80->127.0.0.1:5000]>) = 0 <0.000010>
11 pause( <unfinished ...>
10 write(3<TCP:[127.0.0.1:5000->127.0.0.1:80]>, "hi", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`),
  )
  assert.match(link.text, /\(pid 11\) closed the other end of TCP/)
})

pipes('its own shutdown is its own doing', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'app')}
10 socketpair(AF_UNIX, SOCK_STREAM, 0, [3<UNIX-STREAM:[7->8]>, 4<UNIX-STREAM:[8->7]>]) = 0 <0.000069>
10 shutdown(3<UNIX-STREAM:[7->8]>, SHUT_WR) = 0 <0.000010>
10 write(3<UNIX-STREAM:[7->8]>, "hi", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`),
  )
  assert.match(link.text, /^app \(pid 10\) shut down/)
})
const FIFO_FAILS = `10 write(4</srv/p>, "hi", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`
const FIFO_OPENS = `11 openat(AT_FDCWD</srv>, "p", O_RDONLY <unfinished ...>
10 openat(AT_FDCWD</srv>, "/srv/p", O_WRONLY|O_CLOEXEC) = 4</srv/p> <0.000063>
11 <... openat resumed>) = 3</srv/p> <0.001>`

pipes('the reader of a FIFO: others may open it by its name, so the link is inferred', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${FORK(10, 11)}
${FIFO_OPENS}
11 close(3</srv/p>) = 0 <0.000010>
11 pause( <unfinished ...>
${FIFO_FAILS}`),
  )
  assert.match(link.text, /\(pid 11\) closed the last read end of \/srv\/p that the trace shows, 2 ms before/)
  assert.is(link.status, 'inferred')
  assert.equal(link.lines, [6])
})

pipes('a Unix socket whose client knows only its own number, once the server has closed', async () => {
  const socket = (client: string) => `
${START_OF(10, 'server')}
${FORK(10, 11)}
10 accept(3<UNIX-STREAM:[345,"/tmp/s"]>, NULL, NULL <unfinished ...>
11 socket(AF_UNIX, SOCK_STREAM, 0) = 3<${client}> <0.000022>
11 connect(3<${client}>, {sa_family=AF_UNIX, sun_path="/tmp/s"}, 110) = 0 <0.000036>
10 <... accept resumed>) = 4<UNIX-STREAM:[352->353,"/tmp/s"]> <0.001099>
10 close(4<UNIX-STREAM:[352->353,"/tmp/s"]>) = 0 <0.000031>
11 write(3<${client}>, "one", 3) = -1 EPIPE (Broken pipe) <0.000019>
11 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=11, si_uid=0} ---
11 +++ killed by SIGPIPE +++`
  const link = giver(await analyzeTrace(socket('UNIX-STREAM:[353]')))
  assert.match(link.text, /^server \(pid 10\) closed/)
  assert.equal(link.lines, [7])
  assert.not.match(giver(await analyzeTrace(socket('UNIX-STREAM:[399]'))).text, /server/)
})

pipes('a FIFO that the trace shows to be held still: nobody is named', async () => {
  const link = giver(
    await analyzeTrace(`
${START_OF(10, 'writer')}
${FORK(10, 11)}
${FIFO_OPENS}
${FORK(11, 12)}
11 close(3</srv/p>) = 0 <0.000010>
12 pause( <unfinished ...>
${FIFO_FAILS}`),
  )
  assert.match(link.text, /Who had it open is not in the evidence/)
})

pipes('a FIFO whose reader is not traced, and one that the writer has opened for both', async () => {
  for (const how of ['O_WRONLY', 'O_RDWR']) {
    const link = giver(
      await analyzeTrace(`
${START_OF(10, 'writer')}
10 openat(AT_FDCWD</srv>, "/srv/p", ${how}) = 4</srv/p> <0.000063>
${FIFO_FAILS}`),
    )
    assert.match(link.text, /Who had it open is not in the evidence/, how)
  }
})

pipes.run()
