import type { Signal } from '@gondola/events';
import { matches } from '../signals/signal-filter.js';
import type { Subscription } from './webhooks.config.js';

type Wishes = Pick<Subscription, 'kinds' | 'stores' | 'minProbability' | 'minLostPerHour'>;

/** What a subscription wants of signals; never one of the hold-out arm. */
export function wantedBy({
  kinds,
  stores,
  minProbability,
  minLostPerHour,
}: Wishes): (signal: Signal) => boolean {
  const filter = { kinds: kinds && new Set(kinds) };
  const storeIds = stores && new Set(stores);
  return (signal) =>
    matches(filter, signal) &&
    (storeIds?.has(signal.storeId) ?? true) &&
    (signal.kind === 'recovered' ||
      (signal.probability >= minProbability &&
        (minLostPerHour === undefined || (signal.lostSalesPerHour ?? -1) >= minLostPerHour)));
}
