import { isUnmapped, MAPPERS, type MapContext, type MappedFormat, type Unmapped } from '@gondola/mappers';
import type { Header, OutgoingRecord } from '@gondola/stream';
import { unmappedHeaders } from '@gondola/validate';
import type { Refused, TakenEvent } from './cloud-event.js';
import type { EventResult } from './judge-events.js';
import type { Producer } from './producer-keys.js';
import { refuse } from './refuse.js';

export interface MapLimits {
  readonly eventsMax: number;
  /** Of the body, which may become one record of the stream. */
  readonly eventBytesMax: number;
}

const JSON_TYPE: Header = { key: 'content-type', value: Buffer.from('application/json') };
const SPECVERSION: Header = { key: 'ce_specversion', value: Buffer.from('1.0') };
/** Frames of Confluent and of Glue begin so: kept as a record, such a body would be read as one. */
const FRAME_MAGICS = [0, 3];

export const isMapped = (format: string): format is MappedFormat => Object.hasOwn(MAPPERS, format);

/** The events of a body in the format of its producer's key, as CloudEvents in binary mode. Errors: 413. */
export function mapEvents(
  format: MappedFormat,
  body: Buffer,
  producer: Producer,
  receivedAtMs: number,
  limits: MapLimits,
): (TakenEvent | Refused)[] {
  if (body.length > limits.eventBytesMax)
    throw refuse(
      413,
      `at most ${limits.eventBytesMax} bytes in this format: what cannot be mapped is kept whole`,
    );
  const { storeId, timeZone, currency } = producer;
  const context: MapContext = { storeId, timeZone, currency, receivedAtMs };
  const outcome = MAPPERS[format](body, context);
  if (outcome.length > limits.eventsMax)
    throw refuse(413, `at most ${limits.eventsMax} events a request: send them in several`, {
      eventsMax: limits.eventsMax,
    });
  const source = sourceOf(producer, format);
  return outcome.map((entry) => {
    if (isUnmapped(entry)) return entry;
    const { type, value } = entry;
    const attributes = [
      SPECVERSION,
      { key: 'ce_type', value: Buffer.from(type) },
      { key: 'ce_id', value: Buffer.from(value.eventId) },
      source,
    ];
    return { value: Buffer.from(JSON.stringify(value)), headers: [...attributes, JSON_TYPE] };
  });
}

/** Of all that a producer sends, also of what could not be mapped: quarantine counts by it. */
const sourceOf = ({ producer }: Producer, format: string): Header => ({
  key: 'ce_source',
  value: Buffer.from(`/${producer}/${format}`),
});

/**
 * Of what was refused, what ingest is to put into quarantine, so that it can be looked at although its sender listens to no
 * answer: events that the contract refuses, and the body itself, once, when something of it could not be mapped. What
 * the key may not send is not kept, nor is a body that only speaks of what no contract has.
 */
export function keepRefused(
  events: readonly (TakenEvent | Refused)[],
  results: readonly EventResult[],
  { body, producer, format }: { readonly body: Buffer; readonly producer: Producer; readonly format: string },
  timestampMs: number,
): { readonly results: readonly EventResult[]; readonly kept: readonly OutgoingRecord[] } {
  const kept: OutgoingRecord[] = [];
  const unmapped: Unmapped[] = [];
  const told = results.map((result): EventResult => {
    const event = events[result.index];
    if (result.status !== 'rejected' || result.reason === 'subject_denied') return result;
    if ('value' in event) kept.push({ key: null, timestampMs, ...event });
    else if (result.reason === 'mapper_event_unknown' || FRAME_MAGICS.includes(body[0])) return result;
    else unmapped.push(event as Unmapped);
    return { ...result, status: 'quarantined' };
  });
  if (unmapped.length > 0) {
    const [{ reason, pointer, message }, ...others] = unmapped;
    const more = others.length === 0 ? '' : `; and ${others.length} more in it`;
    const headers = [...unmappedHeaders(reason, pointer, message + more), sourceOf(producer, format)];
    kept.push({ key: null, value: body, headers, timestampMs });
  }
  return { results: told, kept };
}
