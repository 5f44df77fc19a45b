import type { MapOutcome, MappedEvent, MapReason, Unmapped } from './map-outcome.js';

/** Thrown where a field is read and caught by `mapped` for the thing it belongs to: it never leaves this library. */
export class Unmappable extends Error {
  constructor(
    readonly reason: MapReason,
    readonly pointer: string,
    message: string,
  ) {
    super(message);
  }

  toUnmapped(): Unmapped {
    return { reason: this.reason, pointer: this.pointer, message: this.message };
  }
}

/** What `map` gives, or why it gave nothing. Its events are all or none: half a receipt is worse than none. */
export function mapped(map: () => readonly (MappedEvent | Unmapped)[], pointer: string): MapOutcome {
  try {
    const entries = map();
    if (entries.length > 0) return entries;
    return [{ reason: 'mapper_event_unknown', pointer, message: 'nothing in it is an event' }];
  } catch (error) {
    if (error instanceof Unmappable) return [error.toUnmapped()];
    throw error;
  }
}
