import { encodeAvro } from '@gondola/contract';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import type { RetailEvent } from '@gondola/events';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import type { OutgoingRecord } from '@gondola/stream';
import { patiently } from '@gondola/testing';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SCHEMAS = join(import.meta.dirname, '../../schemas');
const registry = loadEmbeddedRegistry(SCHEMAS);
export const HOUR_MS = 3_600_000;

/** What goes wrong now, in the shops that send to a line. */
interface Trouble {
  /** Its shelves are empty but for every third: nobody buys from them. */
  emptied: string | null;
  /** Nothing comes of it. */
  dead: string | null;
  /** Nobody is there; the web shop goes on. */
  closed: string | null;
  /** Its tills send a price below zero beside each sale. */
  broken: string | null;
}

export interface Shops {
  readonly trouble: Trouble;
  readonly items: readonly string[];
  /** Sends what happens up to then, in `realMs` of real time; 0: at once. */
  sendUntil(timeMs: number, realMs: number): Promise<void>;
  /** Somebody counts the shelves that are emptied, or were. */
  count(storeId: string, atMs: number, onHand: number): Promise<void>;
  close(): void;
}

/** Made-up shops that send to the embedded stream of a line, another process, in a time of their own. */
export function openShops(options: {
  readonly streamFile: string;
  readonly startMs: number;
  readonly stores: number;
  readonly items: number;
}): Shops {
  const { startMs, stores, items } = options;
  const log = EmbeddedLog.open(options.streamFile);
  const sink = createEmbeddedSink(log, 'events');
  const simulation = createSimulation({
    ...{ seed: 11, startMs, stores, items, timeZone: 'America/Bogota', allSendInventory: true },
    rates: { late: 0, duplicate: 0 },
  });
  const trouble: Trouble = { emptied: null, dead: null, closed: null, broken: null };
  const itemIds = simulation.items.map(({ itemId }) => itemId);
  const emptied = new Set(itemIds.filter((_, index) => index % 3 !== 0));
  let nowMs = startMs;

  async function send(untilMs: number): Promise<void> {
    const { events } = simulation.advanceTo(untilMs);
    nowMs = untilMs;
    const records = events.flatMap((event) => toldOf(event, trouble, emptied)).map(recordOf);
    for (let from = 0; from < records.length; from += 1_000)
      await patiently(() => sink.append(records.slice(from, from + 1_000)));
  }

  return {
    trouble,
    items: itemIds,
    async sendUntil(timeMs, realMs) {
      const fromMs = nowMs;
      const beganMs = performance.now();
      while (nowMs < timeMs) {
        const share = realMs === 0 ? 1 : Math.min(1, (performance.now() - beganMs) / realMs);
        // A history goes in pieces, so that its end is not encoded before its beginning is sent.
        await send(
          realMs === 0 ? Math.min(timeMs, nowMs + 24 * HOUR_MS) : fromMs + share * (timeMs - fromMs),
        );
        if (realMs > 0) await sleep(200);
      }
    },
    async count(locationId, countedAt, onHand) {
      const countId = `count-${countedAt}`;
      const counted = [...emptied].map((itemId) => ({
        eventId: `${countId}-${itemId}`,
        ...{ countId, locationId, itemId, countedAt, onHand, method: 'FULL' as const },
      }));
      const records = counted.map((event) =>
        recordOf({ key: locationId, subject: 'retail.inventory.snapshot' as const, event }),
      );
      await patiently(() => sink.append(records));
    },
    close: () => log.close(),
  };
}

type Keyed = RetailEvent & { readonly key: string };

/** What comes of an event in these troubles. */
function toldOf(event: Keyed, trouble: Trouble, emptied: ReadonlySet<string>): readonly Keyed[] {
  const { key: storeId } = event;
  if (storeId === trouble.dead) return [];
  if (storeId === trouble.closed && event.subject !== 'retail.web') return [];
  if (storeId === trouble.emptied) return withoutEmptied(event, emptied);
  if (storeId === trouble.broken && event.subject === 'retail.pos.transaction')
    return [event, brokenOf(event)];
  return [event];
}

function withoutEmptied(event: Keyed, emptied: ReadonlySet<string>): readonly Keyed[] {
  if (event.subject === 'retail.pos.transaction') {
    const lines = event.event.lines.filter(({ itemId }) => !emptied.has(itemId));
    return lines.length === 0 ? [] : [{ ...event, event: { ...event.event, lines } }];
  }
  const { itemId } = event.event as { itemId?: string | null };
  return itemId && emptied.has(itemId) ? [] : [event];
}

function brokenOf(event: Keyed & { subject: 'retail.pos.transaction' }): Keyed {
  const { eventId, lines } = event.event;
  const broken = lines.map((line) => ({ ...line, unitPrice: -1 }));
  return { ...event, event: { ...event.event, eventId: `${eventId}-broken`, lines: broken } };
}

function recordOf({ key, subject, event }: Keyed): OutgoingRecord {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(`no contract ${subject}`);
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    key: bytes(key),
    value: encodeAvro(contract, event),
    headers: [{ key: 'ce_type', value: bytes(subject) }],
    timestampMs: Date.now(),
  };
}
