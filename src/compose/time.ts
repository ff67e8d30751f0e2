import { epochString, type Ns } from '../model/time.js'

/** Capture time to the report's time: decimal nanoseconds since the epoch, or null. */
export type ToTime = (ns: Ns | null | undefined) => string | null

export function toTime(origin: bigint | null): ToTime {
  return ns => epochString(origin, ns ?? null)
}
