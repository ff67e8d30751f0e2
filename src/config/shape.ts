/** Kinds of values. */
export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'strings' | 'day'

/**
 * What a TOML file may hold: a kind of value by key, a table of known keys, `map` for a table whose keys are the
 * user's own (paths), or `tables` for an array of tables.
 */
export type Shape = { [key: string]: Kind | Shape | { map: Kind } | { tables: Shape } }
