import type { JudgementOptions } from '@gondola/kpi';
import type { Clock, Log, ObjectStore, Service, ServiceHealth } from '@gondola/stream';
import { LakeWait } from '../lake/lake-wait.js';
import { TableFiles } from '../lake/table-files.js';
import { partsOf } from '../lake/table-parts.js';
import { salesLinesOf, signalsOf, verdictsOf } from './column-files.js';
import { EpisodeBook } from './episode-book.js';
import type { Books } from './insights.js';
import { SalesSums, type SalesLines } from './sales-sums.js';

const RETRY_MS_MAX = 60_000;
const DAY_MS = 86_400_000;

export interface InsightsFeedDeps {
  readonly lake: ObjectStore;
  readonly environment: string;
  /** Read and kept, counted back from the newest day of each table. */
  readonly historyDays: number;
  readonly rangeDays: number;
  readonly refreshMs: number;
  readonly judgements: JudgementOptions;
  readonly clock: Clock;
  /** Waits in real time, also when `clock` runs a demo's days in minutes. */
  readonly sleep: Clock['sleep'];
  readonly log: Log;
  /** After each change of the books. */
  readonly onChange?: () => void;
}

/**
 * Keeps the sums that `/insights` and the morning brief are made of: at start from the files of the kept days, then from what each
 * commit added. No request reads the lake. Decision note 0048.
 */
export class InsightsFeed implements Service {
  readonly name = 'api-insights';
  private readonly tables;
  private current: ServiceHealth;
  private readonly wait: LakeWait;
  private sums: SalesSums | null = null;
  private book: EpisodeBook | null = null;
  private changes = 0;

  constructor(private readonly deps: InsightsFeedDeps) {
    const { lake, environment, historyDays, clock } = deps;
    const follow = (name: string) => {
      const table = `${environment}/${name}`;
      // Rows that are taken out, by `expire` or by hand, are no longer in the sums either.
      return { table, files: new TableFiles(lake, { table, historyDays, heedsRemovals: true }) };
    };
    this.tables = {
      sales: follow('silver/retail.pos.transaction'),
      signals: follow('signals'),
      verdicts: follow('silver/retail.stockout.verdict'),
    };
    this.wait = new LakeWait(deps.log, { service: this.name });
    this.current = { state: 'healthy', detail: '', sinceMs: clock.nowMs() };
  }

  /** The rest of the api answers while sums are read, so they do not hold it back. */
  health(): ServiceHealth {
    return this.current;
  }

  /** Null: nothing was read yet. */
  get books(): Books | null {
    return this.sums && this.book && { sales: this.sums, episodes: this.book };
  }

  /** Grows with each change of the books. */
  get version(): number {
    return this.changes;
  }

  /** Midnight (UTC) before which nothing is kept; null: nothing is there. */
  get historyFromMs(): number | null {
    const newestMs = Math.max(this.book?.newestSignalMs ?? -Infinity, this.sums?.newestMs ?? -Infinity);
    if (newestMs === -Infinity) return null;
    return (Math.floor(newestMs / DAY_MS) - this.deps.historyDays) * DAY_MS;
  }

  /** Rejects only when the operator must change something (`environment_mismatch`). */
  async run(signal: AbortSignal): Promise<void> {
    const { sleep, refreshMs } = this.deps;
    while (!signal.aborted) {
      await this.refreshOrWaitForLake();
      await sleep(
        Math.min(refreshMs * 2 ** this.wait.failuresInARow, Math.max(refreshMs, RETRY_MS_MAX)),
        signal,
      );
    }
    this.become('stopped', '');
  }

  /** While the lake is away the rest of the api goes on, and so does what was read before: this does not make it unready. */
  private async refreshOrWaitForLake(): Promise<void> {
    try {
      await this.wait.attempt(async () => {
        await this.refresh();
        return true;
      });
    } catch (error) {
      this.become('stopped', error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private async refresh(): Promise<void> {
    await this.readSales();
    await this.readEpisodes();
  }

  /** What a snapshot says begins anew, and until it is read the old sums stay. */
  private async readSales(): Promise<void> {
    const { table, files } = this.tables.sales;
    const { files: added, isSnapshot, taken } = await files.next();
    if (added.length === 0 && !isSnapshot) return;
    const parts = partsOf(this.deps.lake, table, added, salesLinesOf);
    const sums = (isSnapshot ? null : this.sums) ?? this.newSums();
    if (isSnapshot) for await (const lines of parts) sums.add(lines);
    else {
      // All or nothing: what is added twice would count twice.
      const read: SalesLines[] = [];
      for await (const lines of parts) read.push(lines);
      for (const lines of read) sums.add(lines);
    }
    sums.settle();
    this.sums = sums;
    this.changed();
    taken();
  }

  /** Signals and verdicts have ids: what comes again takes its own place. After rows were taken out of a table all is read anew. */
  private async readEpisodes(): Promise<void> {
    const { lake } = this.deps;
    const { signals, verdicts } = this.tables;
    let [ofSignals, ofVerdicts] = [await signals.files.next(), await verdicts.files.next()];
    let book = this.book ?? this.newBook();
    if (this.book && (ofSignals.isSnapshot || ofVerdicts.isSnapshot)) {
      [ofSignals, ofVerdicts] = [await signals.files.all(), await verdicts.files.all()];
      book = this.newBook();
    } else if (this.book && ofSignals.files.length + ofVerdicts.files.length === 0) return;
    for await (const rows of partsOf(lake, signals.table, ofSignals.files, signalsOf)) book.add(rows, []);
    for await (const rows of partsOf(lake, verdicts.table, ofVerdicts.files, verdictsOf)) book.add([], rows);
    book.settle();
    this.book = book;
    this.changed();
    for (const { taken } of [ofSignals, ofVerdicts]) taken();
  }

  private changed(): void {
    this.changes++;
    // Nobody can ask before both are there.
    if (this.books) this.deps.onChange?.();
  }

  private newSums(): SalesSums {
    const { historyDays, rangeDays } = this.deps;
    return new SalesSums({ historyDays, rangeDays });
  }

  private newBook(): EpisodeBook {
    return new EpisodeBook(this.deps.historyDays, this.deps.judgements);
  }

  private become(state: ServiceHealth['state'], detail: string): void {
    this.current = { state, detail, sinceMs: this.deps.clock.nowMs() };
  }
}
