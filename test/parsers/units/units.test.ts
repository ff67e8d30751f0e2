/** Unit files, drop-ins, systemctl cat and show: what systemd would make of them. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { UnitFile } from '../../../src/model/lifecycle.js'
import { commandsOf, programName, settingOf, unitSetting, valuesOf } from '../../../src/model/unit-settings.js'
import type { Files } from '../../support/analyze.js'
import { parseFiles } from '../../support/parse.js'

const units = async (files: Files): Promise<UnitFile[]> => (await parseFiles(files)).units
const keys = (unit: UnitFile) => unit.directives.map(d => `${d.section}.${d.key}=${d.value}`)

const file = suite('unit files')
file('comments, continued lines, lines without a section', async () => {
  const text =
    'Stray=1\n# comment\n[Unit]\nDescription=A \\\n  with more\n; another\n[Service]\nExecStart=/bin/sh -c \\\n# a comment within\n  "x = y"\nnonsense\n'
  const capture = await parseFiles({ 'a.service': text })
  assert.equal(keys(capture.units[0]), ['Unit.Description=A with more', 'Service.ExecStart=/bin/sh -c "x = y"'])
  assert.equal(capture.units[0].directives[1].ref, { source: 'a.service', line: 8 })
  assert.equal(
    capture.diagnostics.list().map(d => [d.code, d.count]),
    [['units.not-an-assignment', 2]],
  )
})
file('drop-ins in the order of their names, the stronger folder for one name, template and prefix', async () => {
  const main = '[Service]\nExecStart=/usr/bin/a\nRestart=no\n'
  const [unit] = (
    await units({
      'usr/lib/systemd/system/a@.service': main,
      'etc/systemd/system/a@1.service.d/20-late.conf': '[Service]\nRestart=always\n',
      'usr/lib/systemd/system/a@1.service.d/10-same.conf': '[Service]\nRestart=on-abort\n',
      'etc/systemd/system/a@1.service.d/10-same.conf': '[Service]\nRestart=on-failure\n',
      'etc/systemd/system/a@.service.d/05-all.conf': '[Service]\nRestart=on-success\n',
    })
  ).filter(u => u.unit === 'a@1.service')
  assert.equal(
    unit.directives.map(d => d.value),
    ['/usr/bin/a', 'no', 'on-success', 'on-failure', 'always'],
  )
  assert.is(settingOf(unit, 'Restart')!.value, 'always')
})
file('an empty assignment starts a list anew, and unsets a setting', async () => {
  const [unit] = await units({
    'a.service':
      '[Service]\nExecStart=/bin/old\nExecStart=\nExecStart=-@/bin/new n x\nEnvironment=A=1\nEnvironment=B=2\nUser=u\nUser=\n',
  })
  assert.equal(
    commandsOf(unit).map(c => c.value),
    ['/bin/new n x'],
  )
  assert.equal(
    valuesOf(unit, 'Environment').map(v => v.value),
    ['A=1', 'B=2'],
  )
  assert.is(settingOf(unit, 'User'), null)
})
file('systemctl cat: files of several units in one text, in the order printed', async () => {
  const text =
    '# /usr/lib/systemd/system/a.service\n[Service]\nExecStart=/bin/a\n\n# /etc/systemd/system/a.service.d/override.conf\n[Service]\nRestart=always\n\n' +
    '# /etc/systemd/system/b.service\n[Service]\nExecStart=/bin/b\n'
  const list = await units({ 'cat.txt': text })
  assert.equal(
    list.map(u => [u.unit, keys(u)]),
    [
      ['a.service', ['Service.ExecStart=/bin/a', 'Service.Restart=always']],
      ['b.service', ['Service.ExecStart=/bin/b']],
    ],
  )
})
file('the program of a command line', () => {
  assert.equal(['/usr/bin/dlv exec x', '"/opt/my app/prog" -x', 'prog'].map(programName), ['dlv', 'prog', 'prog'])
})
file('other files with sections are left alone', async () => {
  for (const [name, text] of [
    ['x.desktop', '[Desktop Entry]\nType=Application\nExec=/bin/x\n'],
    ['x.toml', '[service]\ntype = "x"\n'],
    ['my.cnf', '[mysqld]\nuser=mysql\n'],
  ])
    assert.is.not((await parseFiles({ [name]: text })).sources[0].kind, 'units', name)
})
file.run()

const show = suite('systemctl show')
show('units apart by an empty line, each with its name and settings', async () => {
  const list = await units({ 'show.txt': gunzipSync(readFileSync('test/fixtures/journald/systemctl_show.txt.gz')) })
  assert.equal(
    list.map(u => u.unit),
    ['chatty.service', 'fifo-oneshot.service', 'stopto.service'],
  )
  assert.equal(
    list.map(u => u.form),
    ['show', 'show', 'show'],
  )
  assert.equal(
    ['Restart', 'IgnoreSIGPIPE', 'StandardOutput', 'TimeoutStopSec', 'KillSignal'].map(
      key => settingOf(list[0], key)?.value,
    ),
    ['on-failure', 'yes', 'journal', '1min 30s', '15'],
  )
  assert.equal(
    commandsOf(list[0]).map(c => c.value),
    ['/lab/go/chatty -iv 200ms'],
  )
  assert.is(unitSetting(list, 'fifo-oneshot.service', 'Type')!.value, 'oneshot')
})
show('a few properties asked for with -p', async () => {
  const capture = await parseFiles({
    'ingest.service.show': 'Result=success\nExecMainPID=7\nExecMainCode=2\nExecMainStatus=13\n',
  })
  assert.equal(
    capture.units.map(u => u.unit),
    ['ingest.service'],
  )
  assert.equal(
    capture.lifecycle.map(e => [e.kind, e.unit, e.pid, e.signal]),
    [['process-exited', 'ingest.service', 7, 'SIGPIPE']],
  )
})
show('the environment of a shell is no unit', async () => {
  assert.is.not((await parseFiles({ env: 'HOME=/root\nPATH=/bin\nSHELL=/bin/sh\n' })).sources[0].kind, 'units')
})
show.run()
