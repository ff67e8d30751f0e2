/** What the user asked for cannot be done as asked: said in one line, exit status 2. */
export class UsageError extends Error {}
