export const INCIDENT_KINDS = ['feed_dead', 'store_closed', 'till_offline', 'item_short'] as const;

/**
 * feed_dead: nothing comes from a store that sells. store_closed: a store does not sell when it usually does. till_offline:
 * one till is silent while the others sell. item_short: many stores of one city or warehouse are out of one item.
 */
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** One cause that would else be many lines: it was found, its kind became clearer, or it ended. */
export interface Incident {
  /** Deterministic, and the same for every change of one incident. */
  readonly incidentId: string;
  readonly environment: string;
  readonly kind: IncidentKind;
  readonly state: 'open' | 'closed';
  /** Null for what speaks of many: `item_short`, and a feed or a closed day that most stores of a region share. */
  readonly storeId: string | null;
  /** Of `till_offline`, else null. */
  readonly workstationId: string | null;
  /** Of `item_short`, else null. */
  readonly itemId: string | null;
  /** Of what speaks of many: the warehouse or city whose stores it concerns, null for all; else null. */
  readonly region: string | null;
  /** Event time at which this was known, and when it began: the last sale before the silence. Milliseconds since 1970. */
  readonly atMs: number;
  readonly sinceMs: number;
  /** P(it is this kind and not another), 0..1. */
  readonly probability: number;
  readonly stores: number;
  /** Shelves of which nothing can be said, or that are empty for this reason. */
  readonly shelves: number;
  /** What is not sold for this reason, null where sales are only unseen or no price is known. */
  readonly lostSalesPerHour: number | null;
  readonly currency: string | null;
  /** Numbers behind it, with units in their names. */
  readonly facts: Readonly<Record<string, number>>;
}

/** A change of an incident with its number among those of its partition, from 0. */
export interface NumberedIncident {
  readonly ordinal: number;
  readonly incident: Incident;
}
