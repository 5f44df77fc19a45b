import { labelledEngine, localClock, type Belief, type Labels, type Model } from '@gondola/detect';
import type { ShelfEffect, ShelfEvents } from '@gondola/events';
import { SetupError } from '@gondola/stream';
import { silverDays, type Days, type SilverDeps } from './silver-days.js';

export interface BelieveOptions extends SilverDeps {
  readonly days: Days;
  readonly labels: Labels;
  readonly model: Model;
  /** Of stores that the catalog says nothing of. */
  readonly timeZone: string;
  /** Counts and records are answers, and nothing else: what is believed is what sales say. */
  readonly hidesRecords: boolean;
  readonly signal: AbortSignal;
  readonly onBelief: (belief: Belief) => void;
  readonly onDay?: (date: string) => void;
}

/** Runs a model over silver in the order of event time and tells what it believed before each label. */
export async function believe(options: BelieveOptions): Promise<void> {
  const { environment, days, labels, model, timeZone, hidesRecords, signal, onBelief, onDay } = options;
  const config = { allowedLatenessMs: 0, timeZone };
  const engine = labelledEngine({ environment, model, labels, onBelief, config });
  for await (const { date, parts } of silverDays(options, days)) {
    signal.throwIfAborted();
    onDay?.(date);
    for (const part of parts) {
      if (part.kind === 'events') engine.apply(hidesRecords ? withoutRecords(part.events) : part.events);
      else if (part.kind === 'item') engine.setPromotion(part.item.itemId, part.item.promotion);
      else if (isTimeZone(part.store.timeZone)) engine.setStore(part.store.storeId, part.store);
    }
  }
}

function withoutRecords(events: ShelfEvents): ShelfEvents {
  const hides = (effect: ShelfEffect) => effect === 'count' || effect === 'record';
  return { ...events, effect: events.effect.map((effect) => (hides(effect) ? 'ignore' : effect)) };
}

/** A zone that this machine does not know: as in detection, the store keeps the one it had. */
export function isTimeZone(name: string): boolean {
  try {
    localClock(name);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return false;
  }
}
