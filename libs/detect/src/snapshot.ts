import { GondolaError } from '@gondola/stream';
import { localClock } from './local-time.js';
import type { Names } from './names.js';
import { ShelfTable } from './shelf-state.js';
import { SiblingSums } from './sibling-sums.js';
import type { Episode, StoreState } from './store-state.js';

/** "GSH" and the format: bytes of another format are refused. */
const MAGIC = 0x47534803;
const PREFIX_BYTES = 8;

export interface EngineNames {
  readonly items: Names;
  readonly categories: Names;
  readonly currencies: Names;
  readonly cities: Names;
}

export interface EngineState {
  readonly eventMsMax: number;
  readonly nextSweepMs: number;
  readonly timeZones: ReadonlyMap<string, string>;
  /** City of each store that was placed. */
  readonly cities: ReadonlyMap<string, string | null>;
  readonly stores: readonly StoreState[];
  /** With trees: sums over stores, and the list of features whose memory the shelves have. */
  readonly siblings: SiblingSums | null;
}

/** What is not columns, as JSON: JavaScript writes doubles so that they read back exactly. */
interface Header {
  readonly eventMsMax: number | null;
  readonly nextSweepMs: number | null;
  readonly timeZones: readonly [string, string][];
  readonly cityOf: readonly [string, string | null][];
  readonly items: readonly string[];
  readonly categories: readonly string[];
  readonly currencies: readonly string[];
  readonly cities: readonly string[];
  readonly siblings: readonly (readonly [number, number])[] | null;
  readonly stores: readonly StoreHeader[];
}

type StoreNumbers = Omit<StoreState, 'clock' | 'shelves' | 'episodes'>;
type StoreHeader = StoreNumbers & {
  timeZone: string;
  shelves: number;
  episodes: readonly [number, Episode][];
};

/**
 * Layout: magic, length of the JSON header, header, then the columns of each store
 * and the sums over stores, in the machine's byte order.
 */
export function writeSnapshot(state: EngineState & { names: EngineNames }): Uint8Array {
  const { names } = state;
  const header: Header = {
    // Minus infinity, before the first event, is null in JSON.
    eventMsMax: state.eventMsMax,
    nextSweepMs: state.nextSweepMs,
    timeZones: [...state.timeZones],
    cityOf: [...state.cities],
    items: names.items.all(),
    categories: names.categories.all(),
    currencies: names.currencies.all(),
    cities: names.cities.all(),
    siblings: state.siblings?.keysAsJson() ?? null,
    stores: state.stores.map(({ clock, shelves, episodes, ...numbers }) => ({
      ...numbers,
      timeZone: clock.timeZone,
      shelves: shelves.count,
      episodes: [...episodes],
    })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const shelfBytes = state.stores.reduce((sum, { shelves }) => sum + shelves.byteLength, 0);
  const columnBytes = shelfBytes + (state.siblings?.writtenBytes ?? 0);
  const bytes = new Uint8Array(PREFIX_BYTES + text.length + columnBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, text.length);
  bytes.set(text, PREFIX_BYTES);
  let end = PREFIX_BYTES + text.length;
  for (const { shelves } of state.stores) end = shelves.write(bytes, end);
  state.siblings?.write(bytes, end);
  return bytes;
}

/** Fills `names` and returns the rest. Throws `lake_corrupt` when the bytes are not a whole snapshot. */
export function readSnapshot(bytes: Uint8Array, names: EngineNames): EngineState {
  const header = readHeader(bytes);
  for (const key of ['items', 'categories', 'currencies', 'cities'] as const) {
    for (const name of header[key]) names[key].idOf(name);
  }
  let end = PREFIX_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  const stores: StoreState[] = [];
  for (const { timeZone, shelves: count, episodes, ...numbers } of header.stores) {
    if (end > bytes.length) throw corrupt('cut off');
    const read = ShelfTable.read(bytes, end, { count, remembers: header.siblings !== null });
    end = read.end;
    stores.push({
      ...numbers,
      clock: localClock(timeZone),
      shelves: read.shelves,
      episodes: new Map(episodes),
    });
  }
  let siblings: SiblingSums | null = null;
  if (header.siblings) ({ siblings, end } = SiblingSums.read(header.siblings, bytes, end));
  if (end !== bytes.length) throw corrupt(`${bytes.length} bytes where ${end} were expected`);
  return {
    eventMsMax: header.eventMsMax ?? -Infinity,
    nextSweepMs: header.nextSweepMs ?? -Infinity,
    timeZones: new Map(header.timeZones),
    cities: new Map(header.cityOf),
    stores,
    siblings,
  };
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < PREFIX_BYTES) throw corrupt('cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC) throw corrupt('not a snapshot of this format');
  const length = view.getUint32(4);
  if (PREFIX_BYTES + length > bytes.length) throw corrupt('cut off');
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset + PREFIX_BYTES, length).toString(),
    ) as Header;
  } catch (cause) {
    throw new GondolaError('lake_corrupt', 'detection snapshot: unreadable header', false, { cause });
  }
}

function corrupt(why: string): GondolaError {
  return new GondolaError('lake_corrupt', `detection snapshot: ${why}`, false);
}
