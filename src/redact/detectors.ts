/**
 * What is taken for secret or personal in a text. Every pattern has two groups: what stays in front, and the secret. All
 * are written so that they cannot backtrack: a class never overlaps with what follows it.
 */
import { isIPv6 } from 'node:net'

export interface Detector {
  /** What its pseudonyms are called: `token` gives `[token-1]`. */
  kind: string
  pattern: RegExp
  /** A quick look that most texts fail: without it there is nothing for the pattern to find. */
  hint: RegExp
  /** A last look at the secret, where a pattern alone would say too much. */
  holds?(secret: string): boolean
}

/** Names whose values are secret, in configuration, environment, JSON, headers and queries. */
const SECRET_NAME =
  '(?:pass(?:word|wd|phrase|code)|(?<=[_-])pass|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|auth(?:orization)?[_-]?(?:key|token)|credentials?|session[_-]?(?:id|key|token)|client[_-]?secret|dsn)'
const SECRET_HINT = /pass|pwd|secret|token|key|credential|session|dsn/i
/** What may stand in front of such a name and belongs to it: `DB_PASSWORD`, `x-api-key`, `spring.datasource.password`. */
const NAME_FRONT = '(?<![A-Za-z0-9])(?:[A-Za-z0-9]{1,40}[_.-]){0,6}'
/** A closing quote after the name (JSON, also with the backslashes of a string in a string), then `=` or `:`. */
const ASSIGN = '(?:\\\\{0,3}["\'])?\\s{0,3}(?:=|:|=>)\\s{0,3}'
/** A value: quoted up to its own quote, or up to the next separator. */
const VALUE = '(?:\\\\{0,3}["\'])?'
const VALUE_BODY = '[^\\s"\'\\\\&;,<>{}()\\[\\]]{1,4096}'

/** Variables that say how a program runs and nothing about whom it serves. */
const HARMLESS_ENV =
  /^(?:PATH|LANG|LANGUAGE|LC_[A-Z]+|TERM|SHELL|SHLVL|PWD|OLDPWD|TZ|_|HOME|GO[A-Z]{2,}|NOTIFY_SOCKET|WATCHDOG_(?:PID|USEC)|LISTEN_[A-Z]+|JOURNAL_STREAM|INVOCATION_ID|SYSTEMD_[A-Z_]+|MAINPID|MALLOC_[A-Z_]+|LD_[A-Z_]+)$/

/** Endings that look like a mail domain's and are not: units of systemd, files of source and logs. */
const NOT_A_DOMAIN =
  /\.(?:service|socket|timer|mount|automount|slice|scope|target|path|device|swap|go|c|h|cc|cpp|rs|py|js|ts|so|conf|log|txt|toml|sock)$/i

export const DETECTORS: readonly Detector[] = [
  {
    kind: 'private-key',
    hint: /PRIVATE KEY/,
    pattern: /()(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,65536}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?)/g,
  },
  {
    kind: 'environment',
    hint: /COREDUMP_ENVIRON/,
    pattern: /(COREDUMP_ENVIRON(?:"\s{0,3}:\s{0,3}"|=))((?:[^"\\]|\\.){1,65536})/g,
  },
  {
    // "NAME=value" in the environment that strace -v prints, and in Environment= of a unit.
    kind: 'environment',
    hint: /=/,
    pattern: /((?:"|^Environment="?|\sEnvironment="?)[A-Za-z_][A-Za-z0-9_]{0,80}=)((?:[^"\\\n]|\\.){1,8192})/g,
  },
  {
    kind: 'url-password',
    hint: /:\/\//,
    pattern: /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'\\]{0,120}:)([^\s/@"'\\]{1,256})(?=@)/gi,
  },
  {
    kind: 'token',
    hint: /authorization/i,
    pattern:
      /((?:authorization|proxy-authorization)(?:\\{0,3}["'])?\s{0,3}[:=]\s{0,3}(?:\\{0,3}["'])?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s{1,3})?)([^\s"'\\,;]{1,8192})/gi,
  },
  { kind: 'token', hint: /bearer|basic/i, pattern: /(\b(?:bearer|basic)\s{1,3})([A-Za-z0-9._~+/=-]{8,8192})/gi },
  {
    kind: 'cookie',
    hint: /cookie/i,
    pattern: /(\b(?:set-)?cookie2?(?:\\{0,3}["'])?\s{0,3}[:=]\s{0,3}(?:\\{0,3}["'])?)([^"'\r\n\\]{1,8192})/gi,
  },
  {
    // Tokens that show what they are by themselves: JSON web tokens, and those of the large vendors.
    kind: 'token',
    hint: /eyJ|AKIA|ASIA|gh[pousr]_|github_pat_|gl[a-z]{2,4}-|xox|[spr]k[_-]|AIza|ya29|npm_|pypi-|dop_v1_|hv[sbr]\.|SG\.|AGE-/,
    pattern:
      /((?<![A-Za-z0-9]))(eyJ[A-Za-z0-9_-]{8,4096}(?:\.[A-Za-z0-9_-]{1,8192}){0,2}|(?:AKIA|ASIA)[0-9A-Z]{8,20}|gh[pousr]_[A-Za-z0-9]{8,255}|github_pat_[A-Za-z0-9_]{8,255}|gl(?:pat|rt|dt|ft|cbt|ptt|oas|soat)-[A-Za-z0-9_-]{8,255}|xox[abeoprs]-[A-Za-z0-9-]{6,255}|(?:sk|pk|rk)[_-](?:live|test|proj|ant|or)?[_-]?[A-Za-z0-9_-]{12,255}|AIza[A-Za-z0-9_-]{20,60}|ya29\.[A-Za-z0-9_-]{10,512}|npm_[A-Za-z0-9]{12,64}|pypi-[A-Za-z0-9_-]{12,255}|dop_v1_[a-f0-9]{16,128}|hv[sbr]\.[A-Za-z0-9_-]{12,255}|SG\.[A-Za-z0-9_-]{10,64}\.[A-Za-z0-9_-]{10,128}|AGE-SECRET-KEY-[A-Z0-9]{10,80})/g,
  },
  {
    // --password X, --token=X, also as two arguments in strace's array: "--password", "X"
    kind: 'argument',
    hint: SECRET_HINT,
    pattern: new RegExp(
      `(--?(?:[A-Za-z0-9]{1,40}[_-]){0,4}${SECRET_NAME}(?:=|\\s{1,3}|"?,\\s{0,3})(?:\\\\{0,3}["'])?)(${VALUE_BODY})`,
      'gi',
    ),
    holds: secret => !secret.startsWith('-'),
  },
  {
    kind: 'argument',
    hint: /curl|wget|http/,
    pattern:
      /((?:curl|wget|http)\b[^\n]{0,2000}?(?:-u|--user)(?:=|\s{1,3}|"?,\s{0,3})"?[^\s":]{1,120}:)([^\s",]{1,256})/g,
  },
  {
    kind: 'argument',
    hint: /mysql|mariadb|sshpass/,
    pattern:
      /((?:\bmysql[a-z]{0,8}|\bmariadb[a-z-]{0,8}|\bsshpass)\b[^\n]{0,400}?[\s"]-p(?:"?,\s{0,3}"|\s{0,1}))([^\s",-][^\s",]{0,255})/g,
  },
  {
    kind: 'secret',
    hint: SECRET_HINT,
    pattern: new RegExp(`(${NAME_FRONT}${SECRET_NAME}${ASSIGN}${VALUE})(${VALUE_BODY})`, 'gi'),
    // PWD is a folder, and what follows "token:" in a message about syntax is no token.
    holds: secret => !/^(?:\/.*|null|nil|none|true|false|0|NULL|\?|\*+|x|0x[0-9a-f]{1,16}\??)$/i.test(secret),
  },
  {
    kind: 'email',
    hint: /@/,
    pattern:
      /((?<![A-Za-z0-9._%+-]))([A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9-])/g,
    holds: secret => !NOT_A_DOMAIN.test(secret),
  },
  {
    kind: 'ip',
    hint: /\d\.\d/,
    pattern: /((?<![\d.A-Za-z]))((?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d))(?![\d]|\.\d)/g,
    holds: secret => !/^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/.test(secret),
  },
  {
    kind: 'ip',
    hint: /::|(?:[0-9a-f]{1,4}:){7}/i,
    pattern: /((?<![0-9A-Za-z:._]))((?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%[a-z0-9]{1,16})?)(?![0-9A-Za-z:_])/gi,
    holds: secret => /\d/.test(secret) && isIPv6(secret) && !/^(?:::|::1|0:0:0:0:0:0:0:[01])$/.test(secret),
  },
  {
    kind: 'user',
    hint: /\/home\/|\/Users\//,
    pattern: /(\/(?:home|Users|export\/home|var\/home)\/)([A-Za-z0-9._-]{1,64})/g,
  },
]

/** A variable of the environment that may be shown: by its name, or because its value says nothing. */
export function harmlessVariable(front: string, value: string): boolean {
  const name = /([A-Za-z_][A-Za-z0-9_]*)=$/.exec(front)?.[1]
  return name !== undefined && (HARMLESS_ENV.test(name) || /^(?:\d{1,4}|true|false|yes|no|on|off)?$/i.test(value))
}
