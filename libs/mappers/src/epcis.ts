import type { InventoryMovement } from '@gondola/events';
import { type Fields } from './fields.js';
import { contentId } from './ids.js';
import { itemsOf, locationOf, type EpcisItem } from './epcis-ids.js';
import { foldName } from './fold-name.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { createMapper } from './read-document.js';

type Reason = InventoryMovement['reason'];

/**
 * Steps that change what a location has, once each. Arriving, accepting, departing, loading, storing or decommissioning
 * are of the same goods before or after these, and retail_selling is told by the till: they would be counted twice.
 */
const MOVEMENTS = new Map<string, Reason>([
  ['receiving', 'RECEIPT'],
  ['shipping', 'TRANSFER_OUT'],
  ['destroying', 'SHRINK'],
]);
const COUNTS = new Map<string, 'CYCLE' | 'FULL'>([
  ['cyclecounting', 'CYCLE'],
  ['stocktaking', 'FULL'],
]);
const INWARD = new Set<Reason>(['RECEIPT', 'TRANSFER_IN']);
const TYPES = new Set(['objectevent', 'transactionevent']);

/**
 * EPCIS 2.0 documents (capture or query), lists of events or one event, in JSON-LD: what was received, shipped, lost or
 * counted of each trade item. An event with an `errorDeclaration` takes back the one that it repeats: an adjustment of as
 * much the other way; a count cannot be taken back so and is `mapper_retraction`.
 */
export const mapEpcis: Mapper = createMapper(eventsOf, mapEvent);

function eventsOf(root: Fields): readonly Fields[] {
  const body = root.child('epcisbody') ?? root;
  const results = body.child('queryresults')?.child('resultsbody') ?? body;
  if (results.has('eventlist')) return results.list('eventlist');
  return results.has('event') ? results.list('event') : [root];
}

function mapEvent(event: Fields, context: MapContext): readonly MappedEvent[] {
  const step = wordOf(event.text('bizstep'));
  const method = COUNTS.get(step);
  const reason = reasonOf(event, step);
  if (!TYPES.has(wordOf(event.requireText('type', 'isa'))) || (!method && !reason))
    event.refuse(
      'mapper_event_unknown',
      'its type and bizStep change no stock, or another event says so too',
    );
  const offset = event.text('eventtimezoneoffset');
  const eventTime = timeOf(event, offset, context);
  const locationId =
    locationOf(event.child('bizlocation') ?? event.child('readpoint'), event) ?? context.storeId;
  if (locationId === null) return event.missing('bizLocation', 'storeId');
  const items = itemsOf(event);
  if (items.length === 0)
    event.refuse('mapper_event_unknown', 'it names no trade item (GTIN), only what goods are packed in');
  const id = event.text('eventid') ?? `epcis:${contentId(event.object)}`;
  const place = { id, locationId, eventTime };
  if (!event.has('errordeclaration'))
    return items.map((item) =>
      reason
        ? movement(place, item, { reason, quantity: item.quantity, documentId: documentOf(event) })
        : count(place, item, method ?? 'CYCLE'),
    );
  if (!reason)
    event.refuse('mapper_retraction', 'a count is taken back, and what was there before is not said');
  // The declaration has the id of what it takes back, and would be its duplicate.
  const back = { ...place, id: `${id}/back` };
  return items.map((item) => movement(back, item, { ...takenBack(reason, item), documentId: id }));
}

interface Place {
  readonly id: string;
  readonly locationId: string;
  readonly eventTime: number;
}

function movement(
  { id, locationId, eventTime }: Place,
  { itemId }: EpcisItem,
  change: Pick<InventoryMovement, 'reason' | 'quantity' | 'documentId'>,
): MappedEvent {
  const movementId = `${id}/${itemId}`;
  const subject = 'retail.inventory.movement';
  const value = { eventId: movementId, movementId, locationId, itemId, eventTime, ...change };
  return { subject, type: subject, value };
}

/** What was read by serial numbers was read by radio, whatever the step is called. */
function count(
  { id, locationId, eventTime }: Place,
  { itemId, quantity, isSerial }: EpcisItem,
  method: 'CYCLE' | 'FULL',
): MappedEvent {
  const subject = 'retail.inventory.snapshot';
  const counted = { countId: id, locationId, itemId, countedAt: eventTime, onHand: quantity };
  const value = { eventId: `${id}/${itemId}`, ...counted, method: isSerial ? ('RFID' as const) : method };
  return { subject, type: subject, value };
}

function reasonOf(event: Fields, step: string): Reason | null {
  if (step === 'voidshipping') return 'ADJUSTMENT';
  if (step === 'shipping' && wordOf(event.text('disposition')) === 'returned') return 'RETURN_TO_VENDOR';
  return MOVEMENTS.get(step) ?? null;
}

/** As much the other way. A void_shipping brought back what a shipping had taken. */
function takenBack(reason: Reason, { quantity }: EpcisItem): Pick<InventoryMovement, 'reason' | 'quantity'> {
  const isInward = INWARD.has(reason) || reason === 'ADJUSTMENT';
  return { reason: 'ADJUSTMENT', quantity: isInward ? -quantity : quantity };
}

/** The delivery note or order. */
function documentOf(event: Fields): string | null {
  const documents = event.objects('biztransactionlist').map((entry) => entry.text('biztransaction'));
  return documents.find((id) => id !== null) ?? null;
}

/** EPCIS demands an offset in the time; where it lacks one, eventTimeZoneOffset stands beside it. */
function timeOf(event: Fields, offset: string | null, context: MapContext): number {
  const zone = offset !== null && /^[+-](0\d|1[0-4]):[0-5]\d$/.test(offset) ? offset : context.timeZone;
  return event.time(zone, 'eventtime')?.atMs ?? event.missing('eventTime');
}

/** `urn:epcglobal:cbv:bizstep:receiving`, `https://ref.gs1.org/cbv/BizStep-receiving` and `receiving` are one word. */
function wordOf(text: string | null): string {
  return foldName((text ?? '').replace(/^.*(BizStep-|Disp-|[:/#])/i, ''));
}
