/** Shapes of lines that journalctl, syslog daemons and dmesg write. */

/** What `-- ` lines, hints and catalog texts look like: no entries, but of the journal. */
export const META_LINE = /^(?:-- |░|Hint: |Warning: Journal has been rotated|No journal files were )/

/** `-o verbose`: the full stamp, then the cursor. */
export const VERBOSE_HEAD =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d [\d:.]{8,18}(?: \S{1,8})? \[s=[0-9a-f]{32};/

/**
 * What stands between the stamp and the message.
 *
 *   > | Nov 24 00:13:30 vm python3[1435]: plain utf8
 *                       ^ host (absent with --no-hostname)
 *                          ^ identifier, or the unit in `with-unit`
 *                                  ^ pid
 */
export const HEADLINE = /^(?:([\w.:-]{0,254}[\w.-]) )?([^\s"=,]{1,256}?)(?:\[(\d{1,10})\])?:(?: |$)/

/** RFC 5424: `<34>1 2003-10-11T22:14:15.003Z host app 123 ID47 - message`. */
export const RFC5424 =
  /^(?:<\d{1,3}>)?1 (\S{1,40}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|\[.*?(?<!\\)\])(?: (.*))?$/s

/** `<6>`, or `kern  :info  : ` of `dmesg -x`. */
export const PRIORITY_PREFIX =
  /^(?:<\d{1,3}>|(?:kern|user|mail|daemon|auth|syslog|lpr|news)\s{0,4}:(?:emerg|alert|crit|err|warn|notice|info|debug)\s{0,4}: )/
