import { localClock } from '@gondola/detect';

/** Local time of a store minus UTC, in milliseconds; 0 where its zone is not known. */
export function offsetMsAt(timeZone: string | undefined, atMs: number): number {
  try {
    return localClock(timeZone ?? 'UTC').offsetMsAt(atMs);
  } catch {
    // A zone that this machine does not know.
    return 0;
  }
}
