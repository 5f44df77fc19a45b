import { SIGHT_EFFECTS } from '@gondola/events';
import { GondolaError } from '@gondola/stream';
import type { SumsState } from './foreign-sums.js';
import { localClock } from './local-time.js';
import { Names } from './names.js';
import type { NewestState } from './newest-stores.js';
import { Orders } from './orders.js';
import type { Promotion } from './promotions.js';
import type { SavedRows } from './saved-rows.js';
import { NOTED_EPISODE, NOTED_SIGHTS, noteShelf, ShelfTable } from './shelf-state.js';
import { SiblingSums } from './sibling-sums.js';
import type { Sights } from './sights.js';
import { StoreLevels } from './store-levels.js';
import type { PlacesState } from './store-places.js';
import { StoreState, type Episode, type StoreNumbers } from './store-state.js';
import type { EngineMemory } from './engine-memory.js';

/** "GSH" and the format: bytes of another format are refused. */
const MAGIC = 0x47534806;
const PREFIX_BYTES = 12;

export interface EngineNames {
  readonly items: Names;
  readonly categories: Names;
  readonly currencies: Names;
  readonly cities: Names;
}

export function createNames(): EngineNames {
  return { items: new Names(), categories: new Names(), currencies: new Names(), cities: new Names() };
}

export interface EngineState {
  readonly newest: NewestState;
  readonly nextSweepMs: number;
  /** Changes of incidents made known so far. */
  readonly incidents: number;
  readonly places: PlacesState;
  readonly stores: readonly StoreState[];
  /** With trees: sums over stores, and the list of features whose memory the shelves have. */
  readonly siblings: SiblingSums | null;
  readonly sums: SumsState;
}

/** What is not columns, as JSON: JavaScript writes doubles so that they read back exactly. */
type Header = SharedHeader | StoreHeader | NamesHeader;

interface SharedHeader {
  readonly kind: 'shared';
  readonly newest: NewestState;
  readonly nextSweepMs: number | null;
  readonly incidents: number;
  readonly timeZones: readonly [string, string][];
  readonly cityOf: readonly [string, string | null][];
  readonly hoursOf: readonly [string, string][];
  readonly promotions: readonly [number, Promotion][];
  /** In the order in which the engine visits them: what it says depends on it. */
  readonly stores: readonly string[];
  readonly siblings: readonly (readonly [number, number])[] | null;
  readonly sums: SumsState;
}

interface StoreHeader {
  readonly kind: 'store';
  readonly numbers: StoreNumbers;
  readonly timeZone: string;
  readonly shelves: number;
  readonly orders: number;
  readonly remembers: boolean;
  readonly episodes: readonly [number, Episode][];
  readonly sights: readonly [number, Sights][];
  readonly levelCategories: number;
}

interface NamesHeader {
  readonly kind: 'names';
  readonly of: keyof EngineNames;
  readonly names: readonly string[];
}

/**
 * A snapshot is a row of sections: what stores share, each store, names. A section is magic, length of all of it, length of
 * the JSON header, header, then columns in the machine's byte order.
 */
function section(header: Header, columnBytes: number): { bytes: Uint8Array; at: number } {
  const text = Buffer.from(JSON.stringify(header));
  const at = PREFIX_BYTES + text.length;
  const bytes = new Uint8Array(at + columnBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, bytes.length);
  view.setUint32(8, text.length);
  bytes.set(text, PREFIX_BYTES);
  return { bytes, at };
}

export function writeShared({ siblings, ...state }: EngineState): Uint8Array {
  const header: SharedHeader = {
    kind: 'shared',
    newest: state.newest,
    // Minus infinity, before the first event, is null in JSON.
    nextSweepMs: state.nextSweepMs,
    incidents: state.incidents,
    timeZones: [...state.places.timeZones],
    cityOf: [...state.places.cities],
    hoursOf: [...state.places.hours],
    promotions: [...state.places.promotions],
    stores: state.stores.map(({ storeId }) => storeId),
    siblings: siblings?.keysAsJson() ?? null,
    sums: state.sums,
  };
  const { bytes, at } = section(header, siblings?.writtenBytes ?? 0);
  siblings?.write(bytes, at);
  return bytes;
}

/** What of a store is not in its shelves' columns, as it is now. */
export interface SavedStore {
  readonly header: StoreHeader;
  readonly orders: Uint8Array;
}

/**
 * Events may change the store from here on, but nothing that only the end of an hour changes: its lists of hours are as they will be
 * when it is written.
 */
export function saveStore(store: StoreState): SavedStore {
  const { clock, shelves, episodes, orders, sights, levels } = store;
  const { watch, ...numbers } = store.numbers();
  const tills = watch.tills.length > 0 ? watch.tills.map((till) => ({ ...till })) : [];
  const header: StoreHeader = {
    ...{ kind: 'store', numbers: { ...numbers, watch: { ...watch, tills } } },
    ...{ timeZone: clock.timeZone, shelves: shelves.count, orders: orders.count },
    ...{ remembers: shelves.memory !== null, episodes: [...episodes] },
    sights: sights.size > 0 ? structuredClone([...sights]) : [],
    levelCategories: levels.categoryCount,
  };
  const columns = new Uint8Array(orders.byteLength);
  orders.write(columns, 0);
  return { header, orders: columns };
}

/** The store as `saved` and, of its rows, `rows` say it was. Its levels are as they were: ticks alone change them. */
export function writeStore(
  { shelves, levels }: StoreState,
  { header, orders }: SavedStore,
  rows?: SavedRows,
): Uint8Array {
  const { shelves: count } = header;
  const shelfBytes = shelves.byteLength(count);
  const { bytes, at } = section(header, shelfBytes + orders.length + levels.byteLength);
  shelves.write(bytes, at, count, rows);
  bytes.set(orders, at + shelfBytes);
  levels.write(bytes, at + shelfBytes + orders.length);
  return bytes;
}

export function writeNames(of: keyof EngineNames, names: readonly string[]): Uint8Array {
  return section({ kind: 'names', of, names }, 0).bytes;
}

/** Fills `names` and returns the rest, shelves in `home`. Throws `lake_corrupt` when the bytes are not a whole snapshot. */
export function readSnapshot(
  blobs: readonly Uint8Array[],
  names: EngineNames,
  home: EngineMemory,
): EngineState {
  const stores = new Map<string, StoreState>();
  let shared: SharedHeader | null = null;
  let siblings: SiblingSums | null = null;
  for (const bytes of blobs.flatMap(sectionsOf)) {
    const header = readHeader(bytes);
    let end = PREFIX_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
    if (header.kind === 'names') for (const name of header.names) names[header.of].idOf(name);
    if (header.kind === 'shared') {
      shared = header;
      if (header.siblings) ({ siblings, end } = SiblingSums.read(header.siblings, bytes, end));
    }
    if (header.kind === 'store') {
      const read = readStore(header, bytes, end, home);
      stores.set(header.numbers.storeId, read.store);
      ({ end } = read);
    }
    if (end !== bytes.length) throw corrupt(`${bytes.length} bytes where ${end} were expected`);
  }
  if (!shared) throw corrupt('cut off');
  return {
    newest: shared.newest,
    nextSweepMs: shared.nextSweepMs ?? -Infinity,
    incidents: shared.incidents,
    places: {
      timeZones: new Map(shared.timeZones),
      cities: new Map(shared.cityOf),
      hours: new Map(shared.hoursOf),
      promotions: new Map(shared.promotions),
    },
    stores: shared.stores.map((storeId) => {
      const store = stores.get(storeId);
      if (store) return store;
      throw corrupt(`${stores.size} stores where more were expected`);
    }),
    siblings,
    sums: shared.sums,
  };
}

function readStore(
  { numbers, timeZone, shelves: count, remembers, episodes, sights, ...lengths }: StoreHeader,
  bytes: Uint8Array,
  start: number,
  home: EngineMemory,
): { store: StoreState; end: number } {
  const { shelves, end } = ShelfTable.read(bytes, start, { count, remembers, home });
  const orders = new Orders();
  const ordersEnd = orders.read(bytes, end, lengths.orders);
  const levels = StoreLevels.read(lengths.levelCategories, bytes, ordersEnd);
  const parts = { shelves, orders, levels: levels.levels };
  const store = new StoreState(home, parts, localClock(timeZone), numbers);
  for (const [row, episode] of episodes) {
    store.episodes.set(row, episode);
    noteShelf(shelves, row, NOTED_EPISODE);
  }
  for (const [row, seen] of sights) {
    // Older snapshots know fewer of them.
    store.sights.set(row, { ...seen, counts: SIGHT_EFFECTS.map((_, kind) => seen.counts[kind] ?? 0) });
    noteShelf(shelves, row, NOTED_SIGHTS);
  }
  return { store, end: levels.end };
}

function sectionsOf(bytes: Uint8Array): Uint8Array[] {
  const sections: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    if (at + PREFIX_BYTES > bytes.length) throw corrupt('cut off');
    if (view.getUint32(at) !== MAGIC) throw corrupt('not a snapshot of this format');
    const end = at + view.getUint32(at + 4);
    if (end > bytes.length || end < at + PREFIX_BYTES) throw corrupt('cut off');
    sections.push(bytes.subarray(at, end));
    at = end;
  }
  return sections;
}

function readHeader(bytes: Uint8Array): Header {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
  if (PREFIX_BYTES + length > bytes.length) throw corrupt('cut off');
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + PREFIX_BYTES, length).toString();
    return JSON.parse(text) as Header;
  } catch (cause) {
    throw new GondolaError('lake_corrupt', 'detection snapshot: unreadable header', false, { cause });
  }
}

function corrupt(why: string): GondolaError {
  return new GondolaError('lake_corrupt', `detection snapshot: ${why}`, false);
}
