import type { ShelfEvents } from '@gondola/events';

/** What somebody found on a shelf. */
export interface Look {
  readonly storeId: string;
  readonly itemId: string;
  /** Of the shelf in the views of its store. */
  readonly row: number;
  readonly atMs: number;
  readonly units: number;
}

/** Row `at` of a batch, of the shelf in `row`. */
export const lookOf = (events: ShelfEvents, at: number, row: number): Look => ({
  ...{ storeId: events.store[at], itemId: events.item[at], row },
  atMs: Math.floor(events.eventTimeMs[at]),
  units: events.quantity[at],
});
