import type { Signal } from '@gondola/events';
import type { IncidentStore } from '../incidents/incident-store.js';
import type { SignalStore } from '../signals/signal-store.js';
import type { TableRows } from './table-tail.js';

/** Of a snapshot, between which others have their turn: some milliseconds. */
export const SIGNALS_AT_ONCE = 200;

export interface Announced {
  readonly store: SignalStore;
  readonly incidentStore: IncidentStore;
  /** A signal that was not there when we started. */
  readonly onArrival: (signal: Signal) => void;
}

/** Tells of signals that were read. A snapshot has up to a million, and who asks whether we live waits for a few of them alone; so does who stops us. */
export function* announce(
  { rows, isSnapshot }: TableRows<Signal>,
  { store, incidentStore, onArrival }: Announced,
  signal?: AbortSignal,
): Generator<void, void, void> {
  if (!isSnapshot) {
    store.add(rows);
    incidentStore.addSignals(rows, store);
    for (const signal of rows) onArrival(signal);
    return;
  }
  // Files of a snapshot may have been compacted out of order. Those known from before are not news.
  const news = rows.filter((signal) => store.sequenceOf(signal.signalId) === undefined);
  // One after the other: what is usual of an item is told by its past.
  for (const [index, one] of news.sort((left, right) => left.atMs - right.atMs).entries()) {
    store.add([one]);
    incidentStore.addSignals([one], store);
    if (index % SIGNALS_AT_ONCE === SIGNALS_AT_ONCE - 1) yield;
    if (signal?.aborted) return;
  }
}
