import type { Position } from '@gondola/stream';

/** What the catalog said of a store, null where nothing; older marks have no opening hours. */
export type PlaceFact = readonly [
  storeId: string,
  timeZone: string | null,
  city: string | null,
  openingHours?: string | null,
];
/** What it said of an item. */
export type CategoryFact = readonly [itemId: string, category: string | null];

/** What the catalog answered since the mark before. */
export interface Facts {
  readonly places?: readonly PlaceFact[];
  readonly categories?: readonly CategoryFact[];
}

/**
 * What detection was told that its input does not say, after all records before `at` and before the record at it. It is
 * kept with the signals (SignalSink.note): a replay is told the same at the same place, or it would say something else.
 */
export type Mark = { readonly at: Position } & (
  | { readonly kind: 'clock'; readonly nowMs: number; readonly shelvesMax?: number }
  /** These stores are elsewhere than they were, or open at other hours. */
  | { readonly kind: 'place'; readonly facts: Facts; readonly storeIds: readonly string[] }
  | { readonly kind: 'facts'; readonly facts: Facts }
  /** Another partition's sums, as base64: see decisions/0029 of libs/detect. */
  | { readonly kind: 'sums'; readonly record: string }
  /** The model of this hash scores from here on. */
  | { readonly kind: 'model'; readonly hash: string }
  /**
   * Detection was begun again from the snapshot that lies here, with these settings; `signals` were published by then. They are no
   * part of what a restart replays, which has settings of its own: who reaches a signal again asks for them.
   */
  | { readonly kind: 'setup'; readonly hash: string; readonly signals: number }
);

export function markToText(mark: Mark): string {
  return JSON.stringify({ ...mark, at: String(mark.at) });
}

export function markOfText(text: string): Mark {
  const mark = JSON.parse(text) as Mark & { readonly at: string };
  return { ...mark, at: BigInt(mark.at) };
}
