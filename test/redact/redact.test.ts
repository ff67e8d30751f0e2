/** Secrets leave no trace; what only looks like one stays readable. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/model/report.js'
import { redact } from '../../src/redact/index.js'

/** A report as far as redaction is concerned: any strings anywhere. */
function over(texts: string[], patterns: { name: string; pattern: string }[] = []) {
  const report = redact({ findings: texts.map(title => ({ title })) } as unknown as Report, patterns)
  return { texts: report.findings.map(f => f.title), redactions: report.redactions }
}

const secrets = suite('redact: secrets')

const PLANTED: [string, string, string][] = [
  ['a password in strace', 'write(3, "password=CANARY7f3a\\n", 20) = 20', 'CANARY7f3a'],
  ['a password in JSON', '{"db_password": "CANARY7f3a", "x": 1}', 'CANARY7f3a'],
  ['a password in JSON in a strace string', 'write(1, "{\\"password\\":\\"CANARY7f3a\\"}", 30)', 'CANARY7f3a'],
  ['a bearer token', 'write(5, "GET / HTTP/1.1\\r\\nAuthorization: Bearer CANARY7f3a\\r\\n"', 'CANARY7f3a'],
  ['basic authorization', 'Proxy-Authorization: Basic Q0FOQVJZN2YzYQ==', 'Q0FOQVJZN2YzYQ=='],
  ['a cookie', 'Cookie: sid=CANARY7f3a; theme=dark', 'CANARY7f3a'],
  ['a JSON web token', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.abcDEF', 'eyJzdWIiOiJDQU5BUlkifQ'],
  ['a cut JSON web token', 'write(3, "eyJhbGciOiJIUzI1NiJ9.eyJz"..., 900)', 'eyJhbGciOiJIUzI1NiJ9'],
  ['an AWS key', 'using AKIAIOSFODNN7EXAMPLE now', 'AKIAIOSFODNN7EXAMPLE'],
  ['a GitHub token', 'push with ghp_CANARY7f3aCANARY7f3aCANARY7f3aCANA', 'ghp_CANARY7f3a'],
  ['a password in a URL', 'postgres://app:CANARY7f3a@db/shop', 'CANARY7f3a'],
  ['an option', 'execve("/usr/bin/app", ["app", "--api-token", "CANARY7f3a"], 0x7ffd /* 3 vars */) = 0', 'CANARY7f3a'],
  ['an option with =', 'app --client-secret=CANARY7f3a --port 80', 'CANARY7f3a'],
  ['the password of mysql', 'execve("/usr/bin/mysql", ["mysql", "-pCANARY7f3a", "shop"]', 'CANARY7f3a'],
  ['the user of curl', 'curl -s -u admin:CANARY7f3a http://x', 'CANARY7f3a'],
  ['an environment block', 'execve("/bin/x", ["x"], ["LANG=C", "CUSTOMER=CANARY7f3a corp"]) = 0', 'CANARY7f3a'],
  ['a unit’s environment', 'Environment="LICENCE=CANARY7f3a"', 'CANARY7f3a'],
  ['a core’s environment', '{"COREDUMP_ENVIRON":"A=1\\nCUSTOMER=CANARY7f3a"}', 'CANARY7f3a'],
  ['a mail address', 'panic: no mailbox for canary.person@example.org', 'canary.person@example.org'],
  [
    'an IPv4 address',
    'connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("203.0.113.77")}, 16)',
    '203.0.113.77',
  ],
  ['an IPv6 address', 'write(4<TCPv6:[[2001:db8::77]:55238->[2001:db8::78]:80]>, "x", 1)', '2001:db8::77'],
  ['a home folder', '/home/canary/src/app/main.go', 'canary'],
  ['a private key', 'x -----BEGIN RSA PRIVATE KEY-----\\nCANARY7f3a\\n-----END RSA PRIVATE KEY----- y', 'CANARY7f3a'],
  ['half a private key', 'write(3, "-----BEGIN OPENSSH PRIVATE KEY-----\\nCANARY7f3a"..., 400)', 'CANARY7f3a'],
]
for (const [what, text, secret] of PLANTED)
  secrets(`${what} is replaced`, () => {
    const { texts, redactions } = over([text])
    assert.not.match(texts[0], secret)
    assert.ok(redactions.length > 0)
  })

secrets('the same secret has the same name, also where nothing gives it away', () => {
  const { texts, redactions } = over(['read "CANARY7f3a" from the socket', 'password=CANARY7f3a'])
  assert.equal(texts, ['read "[secret-1]" from the socket', 'password=[secret-1]'])
  assert.equal(redactions, [{ kind: 'secret', name: '[secret-1]', count: 2 }])
})
secrets('a word that happens to be a password does not take the evidence with it', () => {
  assert.equal(over(['postgres was killed', 'password=postgres']).texts, ['postgres was killed', 'password=[secret-1]'])
})
secrets('a pattern of the user’s own', () => {
  assert.equal(over(['order C-4711 failed'], [{ name: 'customer', pattern: 'C-\\d+' }]).texts, [
    'order [customer-1] failed',
  ])
})
secrets('redacting twice changes nothing more', () => {
  const once = over(PLANTED.map(p => p[1])).texts
  assert.equal(over(once).texts, once)
})

const plain = suite('redact: evidence')

for (const text of [
  'type=ANOM_ABEND msg=audit(1795478504.315:21): auid=0 uid=0 pid=12534 comm="segv" exe="/x/segv" sig=11 res=1',
  '--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=22620, si_uid=0} ---',
  '--- PASS: TestServe (0.01s)',
  'google.golang.org/grpc@v1.60.1/internal/transport/transport.go:197',
  'getty@tty1.service: Main process exited, code=killed, status=9/KILL',
  'std::vector<abc::def> at 00:06:23.460454',
  '1795476836.018129 write(2<pipe:[385978]>, "x", 1) = -1 EPIPE (Broken pipe) <0.000092>',
  'execve("/bin/x", ["x"], ["PATH=/usr/bin:/bin", "GOTRACEBACK=all", "LANG=C.UTF-8"]) = 0',
  'connect(3, {sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
  'main.parse(0xc000012345, 0x1f)',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
])
  plain(`stays: ${text.slice(0, 60)}`, () => assert.equal(over([text]).texts, [text]))

secrets.run()
plain.run()
