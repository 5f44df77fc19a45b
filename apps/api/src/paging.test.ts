import type { Incident, Signal } from '@gondola/events';
import type { HttpReply } from '@gondola/nest';
import { BadRequestException } from '@nestjs/common';
import fc from 'fast-check';
import { HOUR_MS, NOON_MS, signalWith } from '../test/lake-fixture.js';
import type { BoardOptions } from './board.controller.js';
import { IncidentsController } from './incidents/incidents.controller.js';
import { IncidentStore } from './incidents/incident-store.js';
import { CatalogNames } from './lake/catalog-names.js';
import { VerdictStore } from './loop/verdict-store.js';
import { VerdictsController } from './loop/verdicts.controller.js';
import { OpenNow } from './shelves/open-now.js';
import { StoreSights } from './shelves/store-sights.js';
import {
  ShelvesController,
  type ShelvesAnswer,
  type StoreShelvesAnswer,
} from './shelves/shelves.controller.js';
import { createSignalView } from './shelves/views.js';
import { AnswerCache } from './signals/answer-cache.js';
import { SignalStore } from './signals/signal-store.js';
import { SignalsController, type SignalsPage } from './signals/signals.controller.js';

interface Page {
  readonly ids: readonly string[];
  readonly nextCursor: string | null;
}
/** A list, and how a row that `n` stands for comes into it. */
interface List {
  add(n: number): void;
  page(query: Readonly<Record<string, string>>): Page | Promise<Page>;
}

const names = () => new CatalogNames(10_000);
const never = null as never;

/** Rows of equal weight are frequent: the last field of the order has to tell them apart. */
const signalOf = (n: number, fields: Partial<Signal> = {}): Signal =>
  signalWith({
    ...{ signalId: `s${n}`, itemId: `i${n}`, storeId: `S${n % 3}`, atMs: NOON_MS + (n % 5) * HOUR_MS },
    ...{ lostSalesPerHour: n % 4 === 0 ? null : n % 7, kind: n % 6 === 0 ? 'coming' : 'silent' },
    ...fields,
  });

function shelvesOf(catalog = names()) {
  const store = new SignalStore(10_000);
  const incidents = new IncidentStore();
  const view = createSignalView({
    ...{ names: catalog, verdicts: new VerdictStore(10), incidentOf: incidents.incidentOf },
    takenOf: () => null,
  });
  const board = { clock: { nowMs: () => NOON_MS } } as unknown as BoardOptions;
  const sights = new StoreSights(catalog, incidents, store);
  const shelves = new ShelvesController(
    ...([store, catalog, view, incidents, sights, board, answers(store), new OpenNow(store)] as const),
  );
  return { store, shelves, view };
}

const answers = (store: SignalStore) => new AnswerCache(() => String(store.lastSequence));
const reply = { header: () => reply } as unknown as HttpReply;
const read = <T>(body: Buffer): T => JSON.parse(body.toString()) as T;

const LISTS: Readonly<Record<string, () => List>> = {
  signals() {
    const { store, view } = shelvesOf();
    const controller = new SignalsController(store, never, view, new IncidentStore(), never, answers(store));
    return {
      add: (n) => store.add([signalOf(n)]),
      page(query) {
        const { signals, nextCursor } = read<SignalsPage>(controller.list(query, reply));
        return { ids: signals.map(({ signalId }) => signalId), nextCursor };
      },
    };
  },
  shelves() {
    const { store, shelves } = shelvesOf();
    return {
      add: (n) => store.add([signalOf(n)]),
      page(query) {
        const { shelves: open, nextCursor } = read<ShelvesAnswer>(shelves.shelves(query, reply));
        return { ids: open.map(({ signalId }) => signalId), nextCursor };
      },
    };
  },
  'shelves of a store'() {
    const { store, shelves } = shelvesOf();
    return {
      add: (n) => store.add([signalOf(n, { storeId: 'S', ...(n % 2 && { kind: 'recovered' }) })]),
      page(query) {
        const { open, well, nextCursor } = read<StoreShelvesAnswer>(shelves.shelvesOfStore('S', query));
        return { ids: [...open, ...well].map(({ itemId }) => itemId), nextCursor };
      },
    };
  },
  stores() {
    const catalog = names();
    const { store, shelves } = shelvesOf(catalog);
    return {
      add(n) {
        catalog.addStores([{ retail_store_id: `S${n}`, name: 'Centro', city: null }]);
        for (let item = 0; item < n % 3; item++)
          store.add([signalOf(n, { signalId: `${n}-${item}`, itemId: `${item}`, storeId: `S${n}` })]);
      },
      async page(query) {
        const { stores, nextCursor } = await shelves.stores(query);
        return { ids: stores.map(({ storeId }) => storeId), nextCursor };
      },
    };
  },
  incidents() {
    const store = new IncidentStore();
    const controller = new IncidentsController(store, names());
    const incidentOf = (n: number): Incident => ({
      ...{ incidentId: `n${n}`, environment: 'dev', kind: 'till_offline', storeId: `S${n}` },
      ...{ workstationId: 'W1', itemId: null, region: null, currency: null, facts: {} },
      ...{ state: n % 2 ? 'open' : 'closed', lostSalesPerHour: n % 3 ? null : n % 7 },
      ...{ atMs: NOON_MS + (n % 5), sinceMs: NOON_MS, probability: 0.9, stores: 1, shelves: 4 },
    });
    return {
      add: (n) => store.add([incidentOf(n)]),
      page(query) {
        const { incidents, nextCursor } = controller.list(query);
        return { ids: incidents.map(({ incidentId }) => incidentId), nextCursor };
      },
    };
  },
  verdicts() {
    const store = new VerdictStore(10_000);
    const controller = new VerdictsController(never, never, store);
    return {
      add(n) {
        const shelf = { storeId: 'S', itemId: `i${n}`, checkId: null, actor: null, channel: null };
        const said = { eventId: `v${n}`, signalId: `s${n}`, verdict: 'FILLED', undoes: null } as const;
        store.add([{ ...shelf, ...said, atMs: NOON_MS + (n % 5) * HOUR_MS }]);
      },
      page(query) {
        const { verdicts, nextCursor } = controller.list(query);
        return { ids: verdicts.map(({ eventId }) => eventId), nextCursor };
      },
    };
  },
};

const rows = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 60 });
const walks = rows.chain((all) =>
  fc.record({
    first: fc.constant(all.slice(0, 30)),
    later: fc.constant(all.slice(30)),
    limit: fc.integer({ min: 1, max: 7 }),
    perPage: fc.integer({ min: 0, max: 3 }),
  }),
);

describe.each(Object.entries(LISTS))('pages of %s', (_, listOf) => {
  it('put together are the whole list, for any limit, also when rows are added between them', async () => {
    await fc.assert(
      fc.asyncProperty(walks, async ({ first, later, limit, perPage }) => {
        const list = listOf();
        for (const n of first) list.add(n);
        const { ids: whole, nextCursor: end } = await list.page({ limit: '1000' });
        expect([whole.length, end]).toEqual([first.length, null]);
        const seen: string[] = [];
        const waiting = [...later];
        for (let cursor: string | null = ''; cursor !== null;) {
          const page = await list.page({ limit: String(limit), ...(cursor !== '' && { cursor }) });
          if (page.nextCursor !== null) expect(page.ids).toHaveLength(limit);
          seen.push(...page.ids);
          cursor = page.nextCursor;
          for (const n of waiting.splice(0, perPage)) list.add(n);
        }
        const known = new Set(whole);
        expect(seen.filter((id) => known.has(id))).toEqual(whole);
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 60 },
    );
  });

  it('are refused with a cursor that is not of this list', async () => {
    const cursors: (string | null)[] = [];
    for (const otherOf of Object.values(LISTS)) {
      const other = otherOf();
      for (const n of [1, 2, 3, 4]) other.add(n);
      cursors.push((await other.page({ limit: '1' })).nextCursor);
    }
    const isTaken = async (cursor: string) => {
      try {
        return Boolean(await listOf().page({ cursor }));
      } catch (error) {
        expect(error).toBeInstanceOf(BadRequestException);
        return false;
      }
    };
    const taken: boolean[] = [];
    for (const cursor of cursors) taken.push(await isTaken(String(cursor)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    for (const cursor of ['', 'x', 'bnVsbA', Buffer.from('[[]]').toString('base64url')])
      expect(await isTaken(cursor)).toBe(false);
  });
});
