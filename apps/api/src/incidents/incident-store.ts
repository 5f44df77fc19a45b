import { FeedFold, ItemFold, type FoldSignal } from '@gondola/detect';
import { INCIDENT_KINDS, type Incident, type IncidentKind, type Signal } from '@gondola/events';
import type { CatalogNames } from '../lake/catalog-names.js';
import type { SignalStore } from '../signals/signal-store.js';
import type { TableRow } from '../lake/table-tail.js';

/** An incident, the open signals that it stands for (none for those of whole stores), and the stores that it concerns. */
export interface IncidentWithSignals {
  readonly incident: Incident;
  readonly signals: readonly FoldSignal[];
  readonly storeIds: readonly string[];
}

export interface IncidentFilter {
  readonly state?: Incident['state'] | undefined;
  readonly kinds?: ReadonlySet<IncidentKind> | undefined;
  readonly storeId?: string | undefined;
}

/** Warehouse or supplier of a store, as an order names it. */
export interface SourceOfStore {
  readonly storeId: string;
  readonly source: string;
}

/** Closed ones that are kept; those that are open stay whatever their number. */
const CLOSED_MAX = 1_000;

/**
 * Incidents of whole stores, as detection found them, and what many stores share, found here, where all of it meets: an item that
 * they are out of, a feed that died for all of them.
 */
export class IncidentStore {
  /** Newest change of each incident of the table, and the lines of items that ended; the longest unchanged first. */
  private readonly known = new Map<string, Incident>();
  private readonly byStore = new Map<string, Set<string>>();
  private readonly sources = new Map<string, Set<string>>();
  private readonly items = new ItemFold();
  private readonly feeds = new FeedFold();
  private changes = 0;

  /** Changes in the order in which they became known; older ones than what is known are no news. */
  add(changes: readonly Incident[]): void {
    this.changes += changes.length;
    for (const change of changes) {
      const before = this.known.get(change.incidentId);
      if (before && before.atMs > change.atMs) continue;
      const isTold = this.feeds.add(change);
      this.keep(change);
      if (isTold) this.known.delete(change.incidentId);
    }
    for (const line of this.feeds.takeClosed()) this.keep(line);
  }

  addSources(rows: readonly SourceOfStore[]): void {
    for (const { storeId, source } of rows) {
      const known = this.sources.get(storeId);
      if (known) known.add(source);
      else this.sources.set(storeId, new Set([source]));
    }
  }

  /** Where stores stand and get their goods may have changed. */
  place(names: CatalogNames): void {
    this.changes++;
    for (const storeId of new Set([...names.stores.keys(), ...this.sources.keys()])) {
      const city = names.store(storeId)?.city ?? null;
      const regions = [...(this.sources.get(storeId) ?? []), ...(city === null ? [] : [city])];
      this.items.place(storeId, regions);
      this.feeds.place(storeId, regions);
    }
  }

  /** Grows with each change that no signal brought. */
  get version(): number {
    return this.changes;
  }

  /** After `store` has taken them, in the same order. */
  addSignals(signals: readonly Signal[], store: SignalStore): void {
    for (const signal of signals) {
      this.feeds.know(signal.storeId);
      const open = store.shelf(signal.storeId, signal.itemId)?.open;
      this.items.add(signal, open ? foldSignalOf(open) : null);
    }
    for (const incident of this.items.takeClosed()) this.keep(incident);
  }

  /** Open ones first, those that lose most before the others, then the newest. */
  list({ state, kinds, storeId }: IncidentFilter): IncidentWithSignals[] {
    const all: IncidentWithSignals[] = [
      ...this.items
        .open()
        .map(({ incident, members }) => ({ incident, signals: members, storeIds: storesOf(members) })),
      ...this.feeds
        .lines()
        .map(({ incident, members }) => ({ incident, signals: [], storeIds: storesOf(members) })),
      ...[...this.known.values()]
        .filter(({ incidentId }) => this.feeds.lineOf(incidentId) === null)
        .map((incident) => ({ incident, signals: [], storeIds: storesOf([incident]) })),
    ];
    return all
      .filter(
        ({ incident, storeIds }) =>
          (state === undefined || incident.state === state) &&
          (kinds === undefined || kinds.has(incident.kind)) &&
          (storeId === undefined || storeIds.includes(storeId)),
      )
      .sort(({ incident: left }, { incident: right }) => byWeight(left, right));
  }

  /** Whether the signal is only one of many that one line stands for. */
  readonly isFolded = (signal: Signal): boolean => this.items.incidentOf(signal) !== null;

  /** The open incident that a signal belongs to, or during which nothing new can be said of it. */
  readonly incidentOf = (signal: Pick<Signal, 'storeId' | 'itemId'>): string | null => {
    const folded = this.items.incidentOf(signal);
    if (folded !== null) return folded;
    const blinding = this.blindingOf(signal.storeId);
    return blinding === null ? null : (this.feeds.lineOf(blinding) ?? blinding);
  };

  /** Whether nothing new can be said of a store: its feed is dead, or it is closed. */
  isBlind(storeId: string): boolean {
    return this.blindingOf(storeId) !== null;
  }

  /** Why nothing new can be said of a store, null where it can. */
  blindingKindOf(storeId: string): IncidentKind | null {
    const blinding = this.blindingOf(storeId);
    return blinding === null ? null : (this.known.get(blinding)?.kind ?? 'feed_dead');
  }

  openByKind(): Record<IncidentKind, number> {
    const counts = Object.fromEntries(INCIDENT_KINDS.map((kind) => [kind, 0])) as Record<
      IncidentKind,
      number
    >;
    for (const { incident } of this.list({ state: 'open' })) counts[incident.kind]++;
    return counts;
  }

  private blindingOf(storeId: string): string | null {
    for (const incidentId of this.byStore.get(storeId) ?? [])
      if (this.known.get(incidentId)?.kind !== 'till_offline') return incidentId;
    return null;
  }

  private keep(incident: Incident): void {
    const { incidentId, storeId, state } = incident;
    this.known.delete(incidentId);
    this.known.set(incidentId, incident);
    if (storeId !== null) {
      const open = this.byStore.get(storeId) ?? new Set();
      if (state === 'open') this.byStore.set(storeId, open.add(incidentId));
      else if (open.delete(incidentId) && open.size === 0) this.byStore.delete(storeId);
    }
    if (this.known.size <= CLOSED_MAX) return;
    for (const [oldest, one] of this.known) {
      if (one.state === 'open') continue;
      this.known.delete(oldest);
      return;
    }
  }
}

/** Lines last for days: what they hold must not keep signals from being let go. */
function foldSignalOf(signal: Signal): FoldSignal {
  const { signalId, environment, storeId, itemId, kind, atMs, sinceMs } = signal;
  const { demandPerHour, lostSalesPerHour, currency } = signal;
  return {
    ...{ signalId, environment, storeId, itemId, kind, atMs, sinceMs },
    ...{ demandPerHour, lostSalesPerHour, currency },
  };
}

function storesOf(all: readonly { readonly storeId: string | null }[]): string[] {
  return all.flatMap(({ storeId }) => storeId ?? []);
}

export function sourceOfRow({ location_id: storeId, source_id: source }: TableRow): SourceOfStore | null {
  return typeof storeId === 'string' && typeof source === 'string' ? { storeId, source } : null;
}

/** Each pair once. */
export function distinctSources(rows: readonly (SourceOfStore | null)[]): (SourceOfStore | null)[] {
  return [...new Map(rows.map((row) => [row && JSON.stringify([row.storeId, row.source]), row])).values()];
}

export type IncidentPlace = Pick<Incident, 'state' | 'lostSalesPerHour' | 'atMs' | 'incidentId'>;

export function byWeight(left: IncidentPlace, right: IncidentPlace): number {
  return (
    Number(right.state === 'open') - Number(left.state === 'open') ||
    (right.lostSalesPerHour ?? -1) - (left.lostSalesPerHour ?? -1) ||
    right.atMs - left.atMs ||
    (left.incidentId < right.incidentId ? -1 : 1)
  );
}
