/**
 * The part of node-pty that is used. Written down here because the package is optional: where it could not be built, its
 * own types are missing too, and sigtrace must still compile.
 */
declare module 'node-pty' {
  interface Terminal {
    write(keys: string): void
    resize(columns: number, rows: number): void
    onData(use: (text: string) => void): void
    onExit(use: (end: { exitCode: number; signal?: number }) => void): void
  }
  interface Options {
    name: string
    cols: number
    rows: number
    cwd: string
    env: Record<string, string>
  }
  /** Starts a program in a new pseudo terminal. Throws where the program does not exist. */
  export function spawn(program: string, args: string[], options: Options): Terminal
}
