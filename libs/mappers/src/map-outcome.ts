import type { EventOfSubject } from '@gondola/events';
import { QUARANTINE_REASONS, type QuarantineReason } from '@gondola/stream';

/** Why a document, or one thing that it says, is no event of ours. */
export const MAP_REASONS = QUARANTINE_REASONS.filter((reason) =>
  reason.startsWith('mapper_'),
) as readonly MapReason[];
export type MapReason = Extract<QuarantineReason, `mapper_${string}`>;

/** The subjects that mappers write. */
export type MappedSubject =
  'retail.pos.transaction' | 'retail.web' | 'retail.inventory.movement' | 'retail.inventory.snapshot';

/** An event in the natural JSON of its contract. */
export type MappedEvent = {
  readonly [S in MappedSubject]: {
    readonly subject: S;
    /** CloudEvents type. */
    readonly type: string;
    readonly value: EventOfSubject[S];
  };
}[MappedSubject];

/** What could not be mapped. */
export interface Unmapped {
  readonly reason: MapReason;
  /** JSON pointer (RFC 6901) into the document as it was sent; in XML its steps are elements and attributes. */
  readonly pointer: string;
  /** In words a producer understands; never holds a value, which may be personal. */
  readonly message: string;
}

/** One entry for each thing that a document says, in its order. Never empty: a document without events says why. */
export type MapOutcome = readonly (MappedEvent | Unmapped)[];

/** What is known of a producer beyond what it sends. */
export interface MapContext {
  /** The store of documents that name none. */
  readonly storeId: string | null;
  /** IANA zone of times without an offset; null: such times are refused. */
  readonly timeZone: string | null;
  /** ISO 4217, of documents that name none. */
  readonly currency: string | null;
  /** The time of events that have none, milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** Pure: the same bytes and context give the same outcome. Never throws. */
export type Mapper = (body: Uint8Array, context: MapContext) => MapOutcome;

export const isUnmapped = (entry: MappedEvent | Unmapped): entry is Unmapped => 'reason' in entry;
