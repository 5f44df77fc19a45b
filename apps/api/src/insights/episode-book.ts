import type { Cause, ShelfVerdict, Signal } from '@gondola/events';
import {
  episodesOf,
  judgementsOf,
  standingVerdicts,
  type Checked,
  type Episode,
  type Judged,
  type JudgementOptions,
  type KpiSignal,
} from '@gondola/kpi';

const DAY_MS = 86_400_000;

/** What is kept of a signal. */
export interface KeptSignal extends KpiSignal, Pick<Signal, 'causes' | 'lostSalesPerHour'> {}

/** One stockout with what people said of it. */
export interface BookedEpisode extends Episode {
  /** Of its last signal that knew some; empty when nothing can be said. */
  readonly causes: readonly Cause[];
  /** Of its last signal before it was over, null when no price is known. */
  readonly lostSalesPerHour: number | null;
  /** Verdicts that stand, of any of its signals. */
  readonly looks: readonly ShelfVerdict[];
  /** Each TAKEN that stands, of any of them. */
  readonly takings: readonly ShelfVerdict[];
}

interface Entry {
  readonly signals: KeptSignal[];
  /** TAKEN among them. */
  looks: ShelfVerdict[];
}

/**
 * Episodes of the kept days with what was said of them, put together as signals and verdicts come. Held are the fields that
 * numbers are made of, not the signals.
 */
export class EpisodeBook {
  private readonly entries = new Map<string, Entry>();
  private readonly entryOfSignal = new Map<string, Entry>();
  private readonly verdictsById = new Map<string, ShelfVerdict>();
  private readonly booked = new Map<Entry, BookedEpisode>();
  private readonly changed = new Set<Entry>();
  /** What people looked at: entries, signals that are not known, shelves drawn by lot. */
  private looked = new Map<Entry, ShelfVerdict[]>();
  private readonly unknown = new Set<string>();
  private readonly checkedShelves = new Set<string>();
  /** Something came that judgements are made of. */
  private judgeAnew = true;
  private newestMs = -Infinity;
  private forgottenMs = -Infinity;

  /** Of all stores and of each. */
  private ordered: readonly BookedEpisode[] = [];
  private readonly orderedByStore = new Map<string, readonly BookedEpisode[]>();
  /** No longer as they were, since the last `settle`. */
  private readonly gone = new Set<BookedEpisode>();
  judged: readonly Judged[] = [];
  checked: readonly Checked[] = [];

  constructor(
    private readonly historyDays: number,
    private readonly options: JudgementOptions = {},
  ) {}

  /** Null: there was none. */
  get newestSignalMs(): number | null {
    return this.newestMs === -Infinity ? null : this.newestMs;
  }

  /** `settle` is to be called before anything is asked. Signals and verdicts of a known id take its place. */
  add(signals: Iterable<KeptSignal>, verdicts: Iterable<ShelfVerdict>): void {
    for (const signal of signals) this.addSignal(signal);
    for (const verdict of verdicts) {
      this.verdictsById.set(verdict.eventId, verdict);
      this.judgeAnew = true;
    }
  }

  /** In the order of their alerts: of one store where it is named, as most who ask see to one. */
  episodesOf(storeId: string | undefined): readonly BookedEpisode[] {
    return storeId === undefined ? this.ordered : (this.orderedByStore.get(storeId) ?? []);
  }

  settle(): void {
    this.forgetOld();
    if (this.judgeAnew) this.putLooks();
    const come: BookedEpisode[] = [];
    for (const entry of this.changed) {
      const episode = bookedOf(entry);
      this.unbook(entry);
      if (!episode) continue;
      this.booked.set(entry, episode);
      come.push(episode);
    }
    this.changed.clear();
    this.putInOrder(come);
    if (!this.judgeAnew) return;
    this.judgeAnew = false;
    const { judged, checked } = judgementsOf(this.lookedAt(), this.verdictsById.values(), this.options);
    this.judged = judged;
    this.checked = checked;
  }

  private unbook(entry: Entry): void {
    const episode = this.booked.get(entry);
    if (!episode) return;
    this.gone.add(episode);
    this.booked.delete(entry);
  }

  /** Sorts what came and goes once over the rest, in the stores that changed: a refresh changes a few of a million. */
  private putInOrder(come: BookedEpisode[]): void {
    const { gone } = this;
    if (gone.size + come.length === 0) return;
    come.sort(byAlert);
    this.ordered = merged(this.ordered, gone, come);
    const comeByStore = Map.groupBy(come, ({ storeId }) => storeId);
    const goneStores = [...gone].map(({ storeId }) => storeId);
    for (const storeId of new Set([...goneStores, ...comeByStore.keys()])) {
      const list = merged(this.orderedByStore.get(storeId) ?? [], gone, comeByStore.get(storeId) ?? []);
      if (list.length > 0) this.orderedByStore.set(storeId, list);
      else this.orderedByStore.delete(storeId);
    }
    gone.clear();
  }

  private addSignal(signal: KeptSignal): void {
    const { signalId, episodeId, atMs } = signal;
    let entry = this.entries.get(episodeId);
    if (!entry) this.entries.set(episodeId, (entry = { signals: [], looks: [] }));
    const known = entry.signals.findIndex((one) => one.signalId === signalId);
    if (known === -1) entry.signals.push(signal);
    else entry.signals[known] = signal;
    this.changed.add(entry);
    this.entryOfSignal.set(signalId, entry);
    if (this.looked.has(entry) || this.unknown.has(signalId) || this.checkedShelves.has(shelfKey(signal)))
      this.judgeAnew = true;
    this.newestMs = Math.max(this.newestMs, atMs);
  }

  private putLooks(): void {
    const looked = new Map<Entry, ShelfVerdict[]>();
    this.unknown.clear();
    this.checkedShelves.clear();
    const { standing, takings } = standingVerdicts(this.verdictsById.values());
    for (const verdict of [...standing, ...takings]) {
      if (verdict.checkId !== null) this.checkedShelves.add(shelfKey(verdict));
      if (verdict.signalId === null) continue;
      const entry = this.entryOfSignal.get(verdict.signalId);
      if (!entry) this.unknown.add(verdict.signalId);
      else if (!looked.get(entry)?.push(verdict)) looked.set(entry, [verdict]);
    }
    for (const entry of new Set([...this.looked.keys(), ...looked.keys()])) {
      const looks = looked.get(entry) ?? [];
      if (looks.length === entry.looks.length && looks.every((one, at) => one === entry.looks[at])) continue;
      entry.looks = looks;
      this.changed.add(entry);
    }
    this.looked = looked;
  }

  /** Judgements need no other signals than those of shelves that somebody looked at. */
  private *lookedAt(): Iterable<KeptSignal> {
    const hasChecks = this.checkedShelves.size > 0;
    for (const { signals, looks } of this.entries.values())
      if (looks.length > 0 || (hasChecks && this.checkedShelves.has(shelfKey(signals[0])))) yield* signals;
  }

  /** Once for each day that begins: what ended before the kept days. */
  private forgetOld(): void {
    const oldestMs = (Math.floor(this.newestMs / DAY_MS) - this.historyDays) * DAY_MS;
    if (!(oldestMs > this.forgottenMs)) return;
    this.forgottenMs = oldestMs;
    for (const [episodeId, entry] of this.entries) {
      if (entry.signals.some(({ atMs }) => atMs >= oldestMs)) continue;
      this.entries.delete(episodeId);
      this.unbook(entry);
      this.changed.delete(entry);
      this.looked.delete(entry);
      for (const { signalId } of entry.signals) this.entryOfSignal.delete(signalId);
    }
    for (const [eventId, { atMs }] of this.verdictsById)
      if (atMs < oldestMs) this.verdictsById.delete(eventId);
    this.judgeAnew = true;
  }
}

function bookedOf({ signals, looks }: Entry): BookedEpisode | null {
  const [episode] = episodesOf(signals);
  if (!episode) return null;
  const byTime = [...signals].sort((a, b) => a.atMs - b.atMs);
  const causes = byTime.findLast((one) => one.causes.length > 0)?.causes ?? [];
  const last = byTime.findLast(({ kind }) => kind !== 'recovered');
  const { taken: takings = [], looked = [] } = Object.groupBy(looks, ({ verdict }) =>
    verdict === 'TAKEN' ? 'taken' : 'looked',
  );
  return { ...episode, causes, lostSalesPerHour: last?.lostSalesPerHour ?? null, looks: looked, takings };
}

const byAlert = (a: BookedEpisode, b: BookedEpisode): number => a.alert.atMs - b.alert.atMs;

/** Both in order -> what is in either and not gone. */
function merged(
  known: readonly BookedEpisode[],
  gone: ReadonlySet<BookedEpisode>,
  come: readonly BookedEpisode[],
): readonly BookedEpisode[] {
  const list: BookedEpisode[] = [];
  let next = 0;
  for (const episode of known) {
    if (gone.has(episode)) continue;
    while (next < come.length && byAlert(come[next], episode) < 0) list.push(come[next++]);
    list.push(episode);
  }
  while (next < come.length) list.push(come[next++]);
  return list;
}

const shelfKey = ({ storeId, itemId }: { readonly storeId: string; readonly itemId: string }): string =>
  `${storeId.length}:${storeId}${itemId}`;
