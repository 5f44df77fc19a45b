import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import avsc from 'avsc';
import fc from 'fast-check';
import { createSimulation, type SimulatedEvent, type SimulationOptions, type TruthRow } from './index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Midnight of a Monday in Bogotá. */
const START_MS = Date.UTC(2026, 0, 5, 5);
const DEMO: SimulationOptions = {
  seed: 1,
  stores: 6,
  items: 40,
  startMs: START_MS,
  timeZone: 'America/Bogota',
};
const SMALL: SimulationOptions = { ...DEMO, stores: 3, items: 4 };

function run(options: SimulationOptions, days: number) {
  return createSimulation(options).advanceTo(options.startMs + days * DAY_MS);
}

/** When it happened, by its own clock. */
function eventTimeMs({ subject, event }: SimulatedEvent): number {
  switch (subject) {
    case 'retail.pos.transaction':
      return event.beginDateTime;
    case 'retail.inventory.snapshot':
      return event.countedAt;
    case 'retail.inventory.movement':
    case 'retail.replenishment.order':
    case 'retail.fulfilment.pick':
    case 'retail.web':
      return event.eventTime;
    case 'retail.catalog.item':
    case 'retail.catalog.store':
    case 'retail.catalog.placement':
      return event.updatedAt;
    case 'retail.stockout.verdict':
      return event.at;
  }
}

const demo = createSimulation(DEMO);
const END_MS = START_MS + 14 * DAY_MS;
const { events: sentInTime, truth } = demo.advanceTo(END_MS);
// With the next day's, so that what was late has come.
const events = [...sentInTime, ...demo.advanceTo(END_MS + DAY_MS).events];
const silentStores = new Set(
  demo.stores.filter((store) => !store.sendsInventory).map((store) => store.storeId),
);

describe('createSimulation', () => {
  it('gives the same whatever the steps in which time advances', () => {
    const whole = run(SMALL, 3);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 * HOUR_MS })), (steps) => {
        const simulation = createSimulation(SMALL);
        const stops = [
          ...steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0)),
          3 * DAY_MS,
        ];
        const parts = stops
          .filter((stop) => stop <= 3 * DAY_MS)
          .map((stop) => simulation.advanceTo(SMALL.startMs + stop));
        expect(parts.flatMap((part) => part.events)).toEqual(whole.events);
        expect(parts.flatMap((part) => part.truth)).toEqual(whole.truth);
      }),
      { numRuns: 12 },
    );
  });

  it('gives something else for another seed', () => {
    expect(run(SMALL, 1).events).not.toEqual(run({ ...SMALL, seed: 2 }, 1).events);
  });

  it('gives nothing twice and nothing when time stands still', () => {
    const simulation = createSimulation(SMALL);
    simulation.advanceTo(START_MS + DAY_MS);
    expect(simulation.advanceTo(START_MS + DAY_MS)).toEqual({ events: [], truth: [] });
    expect(simulation.advanceTo(START_MS)).toEqual({ events: [], truth: [] });
  });

  it('refuses a time zone that is none', () => {
    expect(() => createSimulation({ ...SMALL, timeZone: 'America/Macondo' })).toThrow(RangeError);
  });

  it('names stores and items once, and tills as different', () => {
    const many = createSimulation({ ...SMALL, stores: 30, items: 900 });
    for (const names of [many.stores.map((store) => store.name), many.items.map((item) => item.name)]) {
      expect(new Set(names).size).toBe(names.length);
    }
    expect(new Set(many.items.map((item) => item.gtin)).size).toBe(900);
  });
});

describe('events', () => {
  it('follow their contracts, with every field and no other', () => {
    const types = new Map<string, avsc.Type>();
    for (const { subject, event } of events) {
      let type = types.get(subject);
      if (!type) {
        const folder = resolve(import.meta.dirname, `../../../schemas/${subject}`);
        const versions = readdirSync(folder).filter((name) => /^v\d\.avsc$/.test(name));
        const file = resolve(folder, versions.sort().at(-1) ?? '');
        type = avsc.Type.forSchema(JSON.parse(readFileSync(file, 'utf8')) as avsc.Schema);
        types.set(subject, type);
      }
      if (!type.isValid(event, { noUndeclaredFields: true })) {
        const paths: string[] = [];
        type.isValid(event, { noUndeclaredFields: true, errorHook: (path) => paths.push(path.join('/')) });
        throw new Error(`${subject}: ${paths.join(' ')}: ${JSON.stringify(event)}`);
      }
    }
    expect([...types.keys()].sort()).toEqual([
      'retail.catalog.item',
      'retail.catalog.store',
      'retail.inventory.movement',
      'retail.inventory.snapshot',
      'retail.pos.transaction',
      'retail.replenishment.order',
      'retail.web',
    ]);
  });

  it('tell of every order how it goes: placed, shipped, received with its receipt, some later than promised', () => {
    const ofSubject = <S extends SimulatedEvent['subject']>(subject: S) =>
      events.flatMap((event) =>
        event.subject === subject ? [event.event as Extract<SimulatedEvent, { subject: S }>['event']] : [],
      );
    const received = new Map<string, number>();
    for (const movement of ofSubject('retail.inventory.movement')) {
      if (movement.reason !== 'RECEIPT') continue;
      const key = `${movement.locationId} ${movement.itemId} ${Math.floor(movement.eventTime / HOUR_MS)}`;
      received.set(key, (received.get(key) ?? 0) + movement.quantity);
    }
    const orders = Map.groupBy(
      ofSubject('retail.replenishment.order'),
      (order) => `${order.orderId} ${order.itemId}`,
    );
    const done = [...orders.values()].filter((steps) => steps.length === 3);
    expect(done.length).toBeGreaterThan(500);
    for (const steps of done) {
      const [placed, shipped, got] = steps;
      expect(steps.map((step) => step.status)).toEqual(['PLACED', 'SHIPPED', 'RECEIVED']);
      expect(new Set(steps.map((step) => step.quantity)).size).toBe(1);
      expect(placed.eventTime).toBeLessThan(shipped.eventTime);
      expect(shipped.eventTime).toBeLessThan(got.eventTime);
      const key = `${got.locationId} ${got.itemId} ${Math.floor(got.eventTime / HOUR_MS)}`;
      expect(received.get(key)).toBeGreaterThanOrEqual(got.quantity);
      expect(placed.sourceId).toMatch(/^W0\d$/);
    }
    const late = done.filter(([placed, , got]) => got.eventTime > Number(placed.expectedAt) + DAY_MS / 2);
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(done.length / 5);
    const unfinished = [...orders.values()].filter((steps) => steps.length < 3);
    expect(unfinished.length).toBeLessThan(done.length / 5);
  });

  it('say where each item stands where they are asked to, and are the same otherwise', () => {
    const short = { ...DEMO, startMs: START_MS };
    const [plain, placed] = [createSimulation(short), createSimulation({ ...short, saysPlaces: true })].map(
      (simulation) => simulation.advanceTo(START_MS + DAY_MS).events,
    );
    const places = placed.filter(({ subject }) => subject === 'retail.catalog.placement');
    expect(places).toHaveLength(DEMO.stores * DEMO.items);
    for (const { event } of places)
      expect(event).toMatchObject({ bay: expect.stringMatching(/^Pasillo [1-8], módulo [1-8]$/) });
    expect(placed.filter(({ subject }) => subject !== 'retail.catalog.placement')).toEqual(plain);
  });

  it('come by time of sending, the catalogue first, and never before they happened', () => {
    const times = events.map((event) => event.timeMs);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(events.filter((event) => event.timeMs < eventTimeMs(event))).toEqual([]);
    const catalogue = events.slice(0, DEMO.stores + DEMO.items).map((event) => event.subject);
    expect(new Set(catalogue)).toEqual(new Set(['retail.catalog.store', 'retail.catalog.item']));
  });

  it('are late or sent twice now and then', () => {
    const late = events.filter((event) => event.timeMs - eventTimeMs(event) >= 20 * 60_000);
    const ids = events.map(({ event }) => event.eventId);
    const repeated = ids.length - new Set(ids).size;
    for (const few of [late.length, repeated]) {
      expect(few).toBeGreaterThan(20);
      expect(few).toBeLessThan(events.length / 50);
    }
    const byId = new Map(events.map(({ event }) => [event.eventId, event]));
    expect(events.filter(({ event }) => byId.get(event.eventId) !== event)).toEqual([]);
  });

  it('number the transactions of a till and day by time, without a gap', () => {
    const tills = Map.groupBy(uniqueTransactions(), (event) =>
      [event.retailStoreId, event.workstationId, event.businessDayDate].join(' '),
    );
    expect(tills.size).toBe(DEMO.stores * 3 * 14);
    for (const transactions of tills.values()) {
      const ordered = transactions.toSorted((left, right) => left.sequenceNumber - right.sequenceNumber);
      const times = ordered.map((event) => event.beginDateTime);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      expect(ordered.map((event) => event.sequenceNumber)).toEqual(ordered.map((_, index) => index + 1));
    }
  });

  it('include what tills and web shops send besides sales', () => {
    const transactions = uniqueTransactions();
    expect(new Set(transactions.map((event) => event.transactionType))).toEqual(
      new Set(['SALE', 'RETURN', 'VOID', 'TRAINING']),
    );
    expect(transactions.some((event) => event.lines.some((line) => line.lineType === 'VOID'))).toBe(true);
    expect(transactions.some((event) => event.customerId && event.loyaltyId && event.operatorId)).toBe(true);
    const web = events.flatMap((event) => (event.subject === 'retail.web' ? [event.event] : []));
    expect(new Set(web.map((event) => event.availabilityShown))).toEqual(
      new Set([null, 'InStock', 'LimitedAvailability', 'OutOfStock']),
    );
    expect(web.some((event) => event.name === 'search' && event.resultsCount === 0)).toBe(true);
    expect(web.some((event) => event.name === 'search' && event.itemId !== null)).toBe(true);
    expect(web.some((event) => event.name === 'add_to_cart' && event.quantity)).toBe(true);
  });

  it.each(['America/Bogota', 'Europe/Madrid', 'Asia/Kolkata', 'America/Santiago'])(
    'of tills fall into opening hours of %s, also over a change of the clock',
    (timeZone) => {
      const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' });
      const { events } = run({ ...SMALL, timeZone, startMs: Date.UTC(2026, 2, 26) }, 12);
      const hours = events
        .filter((event) => event.subject === 'retail.pos.transaction')
        .map((event) => Number(hourOf.format(eventTimeMs(event))));
      // Hours are whole in UTC: in India the shop's hour begins at half past.
      const last = timeZone === 'Asia/Kolkata' ? 22 : 21;
      expect([Math.min(...hours), Math.max(...hours)]).toEqual([7, last]);
    },
  );
});

describe('truth', () => {
  it('has a row per open hour and shelf; stock is whole and never negative; lost units are lost for want of stock', () => {
    expect(truth.length).toBe(14 * 15 * DEMO.stores * DEMO.items);
    const wrong = truth.filter(
      (row) =>
        !(row.onHandTrue >= 0 && row.lostUnits >= 0) ||
        !Number.isInteger(row.onHandTrue + row.onHandRecord + row.lostUnits) ||
        row.outOfStock !== (row.onHandTrue === 0),
    );
    expect(wrong).toEqual([]);
    const lost = truth.reduce((sum, row) => sum + row.lostUnits, 0);
    const sold = uniqueTransactions()
      .filter((event) => event.transactionType === 'SALE')
      .flatMap((event) => event.lines)
      .reduce((sum, line) => sum + (line.lineType === 'SALE' ? line.quantity : 0), 0);
    expect(lost / (lost + sold)).toBeGreaterThan(0.03);
    expect(lost / (lost + sold)).toBeLessThan(0.2);
  });

  it('says how long of each hour a shelf was empty: then and only then units are lost', () => {
    const empty = truth.filter((row) => row.emptyMinutes === 60);
    const full = truth.filter((row) => row.emptyMinutes === 0);
    expect(empty.length).toBeGreaterThan(1000);
    // But where it was found again at the end of the hour.
    expect(empty.filter((row) => !row.outOfStock).length).toBeLessThan(empty.length / 20);
    expect(full.filter((row) => row.lostUnits > 0)).toEqual([]);
    expect(truth.filter((row) => !(row.emptyMinutes >= 0 && row.emptyMinutes <= 60))).toEqual([]);
  });

  it('has phantoms for one reason at a time, where the rates of the others are nothing', () => {
    const calm = { loss: 0, bulkTheft: 0, misplaced: 0, spoiled: 0, short: 0 };
    // More than 6: units that came back broken are booked, too.
    const phantoms = (rates: SimulationOptions['rates']) =>
      run({ ...SMALL, rates }, 12).truth.filter((row) => row.outOfStock && row.onHandRecord > 6).length;
    expect(phantoms(calm)).toBe(0);
    for (const rate of ['loss', 'bulkTheft', 'misplaced', 'short'])
      expect([rate, phantoms({ ...calm, [rate]: 0.1 }) > 0]).toEqual([rate, true]);
  });

  it('has the record that the events add up to: counts, receipts, sales, returns and shrink', () => {
    const ledger = createLedger();
    const rows = truth.filter((row) => !silentStores.has(row.storeId));
    const wrong = rows.filter((row) => ledger(row) !== row.onHandRecord);
    expect(rows.length).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
  });

  it('hides nothing in stores without inventory events but their records', () => {
    expect(silentStores.size).toBe(2);
    const senders = new Map<string, Set<string>>();
    for (const { subject, key } of events) senders.set(subject, (senders.get(subject) ?? new Set()).add(key));
    for (const storeId of silentStores) {
      expect(senders.get('retail.pos.transaction')).toContain(storeId);
      expect(senders.get('retail.web')).toContain(storeId);
      expect(senders.get('retail.inventory.movement')).not.toContain(storeId);
      expect(senders.get('retail.inventory.snapshot')).not.toContain(storeId);
      expect(senders.get('retail.replenishment.order')).not.toContain(storeId);
    }
  });

  it.each([1, 2, 3, 4, 5])(
    'of seed %i shows many stockouts of each kind in 10 days, which begin and end',
    (seed) => {
      const { truth } = run({ ...DEMO, seed }, 10);
      const begun = { out_of_stock: 0, phantom: 0, silent: 0 };
      const ended = { ...begun };
      const kindOf = (row: TruthRow) =>
        silentStores.has(row.storeId) ? 'silent' : row.onHandRecord > 0 ? 'phantom' : 'out_of_stock';
      for (const rows of Map.groupBy(truth, (row) => `${row.storeId} ${row.itemId}`).values()) {
        rows.forEach((row, index) => {
          const before = rows.at(index - 1);
          if (index === 0 || !before || before.outOfStock === row.outOfStock) return;
          if (row.outOfStock) begun[kindOf(row)]++;
          else ended[kindOf(before)]++;
        });
      }
      for (const count of [...Object.values(begun), ...Object.values(ended)])
        expect(count).toBeGreaterThan(10);
      const outShare = truth.filter((row) => row.outOfStock).length / truth.length;
      expect(outShare).toBeGreaterThan(0.03);
      expect(outShare).toBeLessThan(0.15);
    },
  );
});

/** Of the days that `truth` covers. */
function uniqueTransactions() {
  const unique = new Map(events.map((event) => [event.event.eventId, event]));
  return [...unique.values()]
    .flatMap((event) => (event.subject === 'retail.pos.transaction' ? [event.event] : []))
    .filter((event) => event.beginDateTime < END_MS);
}

/** The record of a shelf at the end of an hour, from the events alone. */
function createLedger(): (row: TruthRow) => number {
  const changes = new Map<string, { atMs: number; units: number; isCount: boolean }[]>();
  const note = (store: string, item: string, atMs: number, units: number, isCount: boolean) => {
    const key = `${store} ${item}`;
    changes.set(key, [...(changes.get(key) ?? []), { atMs, units, isCount }]);
  };
  for (const event of uniqueTransactions()) {
    if (event.transactionType === 'VOID' || event.transactionType === 'TRAINING') continue;
    for (const line of event.lines) {
      const sign = { SALE: -1, RETURN: 1, VOID: 0 }[line.lineType];
      note(event.retailStoreId, line.itemId, event.beginDateTime, sign * line.quantity, false);
    }
  }
  for (const { subject, event } of events) {
    if (subject === 'retail.inventory.snapshot')
      note(event.locationId, event.itemId, event.countedAt, event.onHand, true);
    if (subject !== 'retail.inventory.movement') continue;
    const sign = event.reason === 'RECEIPT' ? 1 : -1;
    note(event.locationId, event.itemId, event.eventTime, sign * event.quantity, false);
  }
  for (const list of changes.values()) list.sort((left, right) => left.atMs - right.atMs);
  return (row) =>
    (changes.get(`${row.storeId} ${row.itemId}`) ?? [])
      .filter((change) => change.atMs < row.hourStartMs + HOUR_MS)
      .reduce((record, change) => (change.isCount ? change.units : record + change.units), 0);
}
