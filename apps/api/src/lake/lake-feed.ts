import type { Closure, Incident, QualityCount, ShelfVerdict, Signal } from '@gondola/events';
import {
  inTurns,
  stateWhenAway,
  type Clock,
  type GondolaError,
  type Log,
  type Service,
  type ServiceHealth,
} from '@gondola/stream';
import { announce } from './announce.js';
import type { CatalogNames } from './catalog-names.js';
import { LakeWait } from './lake-wait.js';
import type { VerdictStore } from '../loop/verdict-store.js';
import type { IncidentStore, SourceOfStore } from '../incidents/incident-store.js';
import type { QualityStore } from '../quality/quality-store.js';
import type { SignalStore } from '../signals/signal-store.js';
import type { PlacementTail } from './placement-tail.js';
import type { TableRow, TableRows, TableTail } from './table-tail.js';

const RETRY_MS_MAX = 10_000;
/** Everything but signals is looked for so often. */
const OTHERS_MS = 1_000;

export interface LakeFeedDeps {
  readonly signals: TableTail<Signal>;
  readonly items: TableTail<TableRow>;
  readonly stores: TableTail<TableRow>;
  readonly closures: TableTail<Closure>;
  readonly placements: PlacementTail;
  readonly quality: TableTail<QualityCount>;
  readonly verdicts: TableTail<ShelfVerdict>;
  readonly verdictStore: VerdictStore;
  readonly incidents: TableTail<Incident>;
  readonly orders: TableTail<SourceOfStore | null>;
  readonly store: SignalStore;
  readonly qualityStore: QualityStore;
  readonly incidentStore: IncidentStore;
  readonly names: CatalogNames;
  readonly clock: Clock;
  /** Waits in real time, also when `clock` runs a demo's days in minutes. */
  readonly sleep: Clock['sleep'];
  readonly pollMs: number;
  readonly log: Log;
  /** A signal that was not there when we started. */
  readonly onArrival: (signal: Signal) => void;
}

/**
 * Fills the signal store and the names from the lake: what is there at start, then each new version of the tables.
 * While the lake does not answer, what is known stays readable and readiness says so.
 */
export class LakeFeed implements Service {
  readonly name = 'api-feed';
  private readonly wait: LakeWait;
  private current: ServiceHealth;
  private polls = 0;
  /** Read and not announced yet: the names may have failed to come. */
  private arrived: TableRows<Signal> | null = null;

  constructor(private readonly deps: LakeFeedDeps) {
    this.wait = new LakeWait(deps.log, { service: this.name });
    this.current = { state: 'starting', detail: 'reading the signals table', sinceMs: deps.clock.nowMs() };
  }

  health(): ServiceHealth {
    return this.current;
  }

  /** Rejects only when the operator must change something (`environment_mismatch`). */
  async run(signal: AbortSignal): Promise<void> {
    const { sleep, pollMs } = this.deps;
    while (!signal.aborted) {
      await this.pollOrWaitForLake(signal);
      await sleep(Math.min(pollMs * 2 ** this.wait.failuresInARow, Math.max(pollMs, RETRY_MS_MAX)), signal);
    }
    this.become('stopped', '');
  }

  private async pollOrWaitForLake(signal: AbortSignal): Promise<void> {
    const onAway = ({ message }: GondolaError) => this.become(stateWhenAway(this.current.state), message);
    try {
      const isRead = await this.wait.attempt(async () => {
        await this.poll(signal);
        return true;
      }, onAway);
      if (isRead && !signal.aborted && this.current.state !== 'healthy') this.become('healthy', '');
    } catch (error) {
      this.become('stopped', error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private async poll(signal: AbortSignal): Promise<void> {
    const { signals, pollMs } = this.deps;
    const arrived = (this.arrived ??= await signals.read());
    const isDue = this.polls++ % Math.ceil(OTHERS_MS / pollMs) === 0;
    const { isSnapshot, rows } = arrived;
    if (isSnapshot) await this.readOthers();
    else if (rows.length > 0) await this.readWhatTheyNeed(rows);
    await inTurns(announce(arrived, this.deps, signal));
    this.arrived = null;
    if (isDue && !isSnapshot) await this.readOthers();
  }

  /** A signal is announced with its names and with the incident that it is a part of, which was committed before it. */
  private async readWhatTheyNeed(signals: readonly Signal[]): Promise<void> {
    const { names, incidents, incidentStore } = this.deps;
    const lacksStore = signals.some(({ storeId }) => names.store(storeId) === null);
    const lacksItem = signals.some(({ itemId }) => names.item(itemId) === null);
    await Promise.all([
      incidents.read().then(({ rows }) => incidentStore.add(rows)),
      lacksStore ? this.readPlaces() : null,
      lacksItem ? this.readItems() : null,
    ]);
  }

  private async readPlaces(): Promise<void> {
    const { stores, closures, orders, names, incidentStore } = this.deps;
    const named = (await stores.read()).rows;
    const sources = (await orders.read()).rows.flatMap((row) => row ?? []);
    names.addStores(named);
    names.addClosures((await closures.read()).rows);
    incidentStore.addSources(sources);
    if (named.length + sources.length > 0) incidentStore.place(names);
  }

  private async readItems(): Promise<void> {
    const { items, names } = this.deps;
    names.addItems((await items.read()).rows);
  }

  private async readOthers(): Promise<void> {
    const { quality, verdicts, incidents, qualityStore, verdictStore, incidentStore } = this.deps;
    const { placements, names } = this.deps;
    await Promise.all([
      this.readPlaces(),
      this.readItems(),
      placements.readInto(names.places),
      quality.read().then(({ rows, isSnapshot }) => qualityStore.add(rows, isSnapshot)),
      verdicts.read().then(({ rows }) => verdictStore.add(rows)),
      incidents.read().then(({ rows }) => incidentStore.add(rows)),
    ]);
  }

  private become(state: ServiceHealth['state'], detail: string): void {
    this.current = { state, detail, sinceMs: this.deps.clock.nowMs() };
  }
}
