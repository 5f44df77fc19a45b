const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const DIVISIONS = ['store', 'category', 'city', 'hour', 'day', 'week'] as const;
export type Division = (typeof DIVISIONS)[number];

/** Whole hours since 1970. */
export interface HourPeriod {
  readonly fromHour: number;
  readonly untilHour: number;
}

/** Number of the group to which what a store sells of a category belongs; null: it is not asked for. */
export type PlaceOf = (storeId: string, category: string | null) => number | null;

export interface Group {
  /** Store, category, city, or `2026-05-01T13`, `2026-05-01`, the Monday of a week. Null: not known, or everything. */
  readonly key: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What the catalog says of a store. */
export interface StorePlace {
  readonly name: string;
  readonly city: string | null;
}

export interface PlaceFilter {
  readonly storeId?: string | undefined;
  readonly category?: string | undefined;
  readonly city?: string | undefined;
}

export interface Grouping {
  /** Complete once every shelf was asked for. */
  readonly groups: readonly Group[];
  readonly placeOf: PlaceOf;
  /** Hour of the period -> group; null where time does not divide. */
  readonly groupOfHour: Int32Array | null;
}

/** `by` null: one group, of everything. `zone` says where days and hours begin. */
export function groupingOf(
  period: HourPeriod,
  filter: PlaceFilter,
  { by, zone, stores }: { by: Division | null; zone: string; stores: ReadonlyMap<string, StorePlace> },
): Grouping {
  const cityOf = (storeId: string) => stores.get(storeId)?.city ?? null;
  const isAskedFor = (storeId: string, category: string | null) =>
    (filter.storeId === undefined || filter.storeId === storeId) &&
    (filter.category === undefined || filter.category === category) &&
    (filter.city === undefined || filter.city === cityOf(storeId));
  if (by === 'hour' || by === 'day' || by === 'week') {
    const { groups, groupOfHour } = times(period, by, zone);
    return { groups, groupOfHour, placeOf: (...place) => (isAskedFor(...place) ? 0 : null) };
  }
  const keyOf = (storeId: string, category: string | null): string | null => {
    if (by === 'store') return storeId;
    if (by === 'category') return category;
    return by === 'city' ? cityOf(storeId) : null;
  };
  const whole = { fromMs: period.fromHour * HOUR_MS, untilMs: period.untilHour * HOUR_MS };
  // Without a division there is one group, also of nothing.
  const groups: Group[] = by === null ? [{ key: null, ...whole }] : [];
  const numbers = new Map<string | null, number>(groups.map(({ key }, number) => [key, number]));
  const placeOf: PlaceOf = (storeId, category) => {
    if (!isAskedFor(storeId, category)) return null;
    const key = keyOf(storeId, category);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, groups.length);
    return groups.push({ key, ...whole }) - 1;
  };
  return { groups, placeOf, groupOfHour: null };
}

function times({ fromHour, untilHour }: HourPeriod, by: 'hour' | 'day' | 'week', zone: string) {
  const localHour = localHours(zone);
  const groupOfHour = new Int32Array(untilHour - fromHour);
  const groups: { key: string; fromMs: number; untilMs: number }[] = [];
  for (let hour = fromHour; hour < untilHour; hour++) {
    const local = localHour(hour * HOUR_MS);
    const key = by === 'hour' ? local : by === 'day' ? local.slice(0, 10) : mondayOf(local.slice(0, 10));
    const [fromMs, untilMs] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
    const last = groups.at(-1);
    // Where clocks go back, an hour of the same name comes twice: they are one.
    if (last?.key === key) last.untilMs = untilMs;
    else groups.push({ key, fromMs, untilMs });
    groupOfHour[hour - fromHour] = groups.length - 1;
  }
  return { groups, groupOfHour };
}

/**
 * Time -> `2026-05-01T13` by the clocks of a zone. Where they stand alike at both ends of a day they do so within it, so that most hours
 * need no calendar. Errors: RangeError for a zone that nobody knows.
 */
export function localHours(zone: string): (timeMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' },
    ...{ minute: '2-digit', hourCycle: 'h23' },
  });
  const localText = (timeMs: number) => format.format(timeMs).replace(' ', 'T');
  const offsets = new Map<number, number>();
  const offsetAt = (day: number): number => {
    const known = offsets.get(day);
    if (known !== undefined) return known;
    const offset = Date.parse(`${localText(day * DAY_MS)}Z`) - day * DAY_MS;
    offsets.set(day, offset);
    return offset;
  };
  return (timeMs) => {
    const day = Math.floor(timeMs / DAY_MS);
    const offset = offsetAt(day);
    const text = offset === offsetAt(day + 1) ? new Date(timeMs + offset).toISOString() : localText(timeMs);
    return text.slice(0, 13);
  };
}

function mondayOf(day: string): string {
  const dayMs = Date.parse(day);
  // 1970 began on a Thursday.
  const weekday = (dayMs / DAY_MS + 3) % 7;
  return new Date(dayMs - weekday * DAY_MS).toISOString().slice(0, 10);
}
