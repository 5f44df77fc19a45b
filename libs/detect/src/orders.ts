import type { ShelfEffect } from '@gondola/events';
import { ColumnLayout, type ColumnRoom } from './columns.js';
import { HOUR_MS } from './local-time.js';
import { SideTable } from './side-table.js';
import { textHash } from './text-hash.js';

/** Orders kept of a shelf: the one that is running and the one before, or two that run at once. */
const ORDERS = 2;
/** How fast the usual time from order to delivery follows. */
const LEAD_RATE = 0.2;

const STATUSES = ['none', 'ordered', 'shipped', 'done', 'cancelled'] as const;
const [NONE, ORDERED, SHIPPED, DONE, CANCELLED] = STATUSES.keys();

type OrderEffect = Extract<ShelfEffect, 'ordered' | 'shipped' | 'order_done' | 'order_cancelled'>;

/** An order of one shelf. Times are milliseconds since 1970, to the second. */
export interface ShelfOrder {
  readonly status: Exclude<(typeof STATUSES)[number], 'none'>;
  /** Null when only its shipping was told. */
  readonly orderedMs: number | null;
  /** When the goods are expected, by the last that was said; null when nobody said. */
  readonly dueMs: number | null;
  readonly orderedUnits: number;
  /** By receipts and by what the order's last status says. */
  readonly receivedUnits: number;
}

/** What is known of refilling a shelf. */
export interface Supply {
  /** The last two, the newest first. */
  readonly orders: readonly ShelfOrder[];
  readonly receivedMs: number | null;
  /** Of the last receipt. */
  readonly receivedUnits: number;
  /** Usual time from order to receipt, null before one was seen. */
  readonly leadMs: number | null;
}

/** 67 bytes of a shelf that receives or has orders. Seconds, 0: not known; documents as 32-bit hashes, 0: none. */
function columnsIn(room: ColumnRoom, capacity: number) {
  return {
    shelf: room.int32(capacity),
    status: room.uint8(capacity * ORDERS),
    document: room.int32(capacity * ORDERS),
    orderedSeconds: room.uint32(capacity * ORDERS),
    dueSeconds: room.uint32(capacity * ORDERS),
    units: room.float32(capacity * ORDERS),
    received: room.float32(capacity * ORDERS),
    leadHours: room.float32(capacity),
    receivedSeconds: room.uint32(capacity),
    receivedUnits: room.float32(capacity),
    receivedDocument: room.int32(capacity),
  };
}

const layout = new ColumnLayout(columnsIn);

export interface OrderEvent {
  readonly effect: OrderEffect;
  readonly quantity: number;
  readonly atMs: number;
  readonly document: string | null;
  /** NaN: not known. */
  readonly dueMs: number;
}

/** Orders and deliveries of a store's shelves. Bounded: a third order takes the place of one that is over, or of the oldest. */
export class Orders extends SideTable<ReturnType<typeof columnsIn>> {
  constructor() {
    super(layout);
  }

  /** An order's status, in whatever order they come. */
  apply(shelf: number, { effect, quantity, atMs, document, dueMs }: OrderEvent): void {
    const place = this.open(shelf);
    const { columns } = this;
    const at = this.slotOf(place, documentOf(document), effect === 'ordered');
    const placed = columns.status[at] !== NONE;
    if (!placed) columns.document[at] = documentOf(document);
    if (dueMs > 0) columns.dueSeconds[at] = secondsOf(dueMs);
    if (effect === 'ordered') columns.orderedSeconds[at] = secondsOf(atMs);
    if (effect === 'ordered' || !placed) columns.units[at] = quantity;
    const status = { ordered: ORDERED, shipped: SHIPPED, order_done: DONE, order_cancelled: CANCELLED }[
      effect
    ];
    if (effect === 'order_done') this.arrive(place, at, quantity, atMs);
    columns.status[at] = Math.max(columns.status[at], status);
  }

  /**
   * Units that came: of the order that the document names, else of the oldest that is open. False for a delivery note that was
   * booked before with the same units: it is the same delivery again.
   */
  receive(shelf: number, units: number, atMs: number, document: string | null): boolean {
    const place = this.open(shelf);
    const { columns } = this;
    const number = documentOf(document);
    if (
      number !== 0 &&
      number === columns.receivedDocument[place] &&
      columns.receivedUnits[place] === Math.fround(units)
    )
      return false;
    columns.receivedDocument[place] = number;
    columns.receivedUnits[place] = units;
    columns.receivedSeconds[place] = secondsOf(atMs);
    const at = this.openOrder(place, number);
    if (at < 0) return true;
    // Who closed the order said how many units came: these are among them.
    if (columns.status[at] === DONE && columns.received[at] > 0) return true;
    this.arrive(place, at, columns.received[at] + units, atMs);
    if (columns.received[at] >= columns.units[at]) columns.status[at] = DONE;
    return true;
  }

  /** Null for a shelf that nothing is known of. */
  supplyOf(shelf: number): Supply | null {
    const place = this.placeOf(shelf);
    if (place < 0) return null;
    const { columns } = this;
    const orders: ShelfOrder[] = [];
    for (let at = place * ORDERS; at < (place + 1) * ORDERS; at++) {
      const status = STATUSES[columns.status[at]];
      if (status === 'none') continue;
      orders.push({
        status,
        orderedMs: msOf(columns.orderedSeconds[at]),
        dueMs: msOf(columns.dueSeconds[at]),
        orderedUnits: columns.units[at],
        receivedUnits: columns.received[at],
      });
    }
    orders.sort((left, right) => (right.orderedMs ?? 0) - (left.orderedMs ?? 0));
    const leadHours = columns.leadHours[place];
    return {
      orders,
      receivedMs: msOf(columns.receivedSeconds[place]),
      receivedUnits: columns.receivedUnits[place],
      leadMs: leadHours > 0 ? leadHours * HOUR_MS : null,
    };
  }

  /** The first units of an order teach how long orders take. */
  private arrive(place: number, at: number, received: number, atMs: number): void {
    const { orderedSeconds, leadHours } = this.columns;
    const hours = (atMs / 1000 - orderedSeconds[at]) / 3600;
    if (this.columns.received[at] === 0 && received > 0 && orderedSeconds[at] > 0 && hours > 0)
      leadHours[place] =
        leadHours[place] > 0 ? leadHours[place] + LEAD_RATE * (hours - leadHours[place]) : hours;
    this.columns.received[at] = received;
  }

  /** Where an order is or gets its place. A status without a document speaks of the order that is open. */
  private slotOf(place: number, document: number, isNew: boolean): number {
    const { columns } = this;
    const first = place * ORDERS;
    if (document !== 0) {
      for (let at = first; at < first + ORDERS; at++) if (columns.document[at] === document) return at;
    } else if (!isNew) {
      const at = this.openOrder(place, 0);
      if (at >= 0) return at;
    }
    let oldest = first;
    for (let at = first + 1; at < first + ORDERS; at++) if (this.ageOf(at) < this.ageOf(oldest)) oldest = at;
    for (const name of ['status', 'document', 'orderedSeconds', 'dueSeconds', 'units', 'received'] as const)
      columns[name][oldest] = 0;
    return oldest;
  }

  private openOrder(place: number, document: number): number {
    const { columns } = this;
    let found = -1;
    for (let at = place * ORDERS; at < (place + 1) * ORDERS; at++) {
      if (document !== 0 && columns.document[at] === document) return at;
      if (columns.status[at] !== ORDERED && columns.status[at] !== SHIPPED) continue;
      if (found < 0 || columns.orderedSeconds[at] < columns.orderedSeconds[found]) found = at;
    }
    return found;
  }

  /** Orders that are over go before those that run, older ones before newer. */
  private ageOf(at: number): number {
    const { status, orderedSeconds } = this.columns;
    const isOpen = status[at] === ORDERED || status[at] === SHIPPED;
    return orderedSeconds[at] + (isOpen ? 2 ** 32 : 0);
  }
}

function documentOf(document: string | null): number {
  if (document === null) return 0;
  return textHash(document) | 0 || 1;
}

function secondsOf(ms: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.round(ms / 1000)));
}

const msOf = (seconds: number) => (seconds === 0 ? null : seconds * 1000);
