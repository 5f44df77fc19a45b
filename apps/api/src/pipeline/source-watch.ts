import { EVENT_ID_FIELDS } from '@gondola/events';
import { GondolaError, type Clock, type ObjectStore } from '@gondola/stream';
import { CommitLog, type TableCommit } from './commit-log.js';

/**
 * How old the newest event is, by the source's own pace. fresh: as old as usual. late, silent: longer than it usually takes, and much
 * longer. closed: late, and every store is closed. seldom: it comes too seldom to have a pace. unknown: its pace is not known yet, since
 * too little of it came while somebody looked.
 */
export type SourceLevel = 'fresh' | 'late' | 'silent' | 'closed' | 'seldom' | 'unknown';

/** One kind of event, as silver has it. */
export interface SourceView {
  readonly subject: string;
  /** Of the newest event, by the clock of the shops. */
  readonly lastEventMs: number;
  readonly secondsSinceEvent: number;
  readonly level: SourceLevel;
  /** Since the lake got something of it, in real time. */
  readonly secondsSinceCommit: number;
  /** Of the last ten minutes, in real time; a receipt of three lines is three rows. */
  readonly rowsPerMinute: number;
}

export interface TableRate {
  readonly secondsSinceCommit: number | null;
  readonly rowsPerMinute: number;
}

/** What detection writes is not what comes in. */
const OWN_SUBJECTS = new Set(['retail.stockout.signal', 'retail.stockout.incident']);
const READ_EVERY_MS = 2_000;
const RATE_MS = 10 * 60_000;
const GAPS_MIN = 3;
/** The newest: what was usual for the pace of last week is not for today's. */
const GAPS_MAX = 50;
/** Nobody has to know the pace of what comes less often than this. */
const GAP_MS_MAX = 6 * 3_600_000;
const LATE_MS_MIN = 5 * 60_000;
const LATE_GAPS = 3;
const SILENT_TIMES_LATE = 4;

/**
 * How fresh each kind of event is in the lake, from the tables' logs alone. They are looked at when somebody asks, at most every 2 s,
 * so that a process that nobody looks at asks the lake nothing.
 */
export class SourceWatch {
  private readonly silver: readonly { readonly subject: string; readonly log: CommitLog }[];
  private readonly quarantine: CommitLog;
  private readAtMs = -Infinity;
  private reading: Promise<void> | null = null;
  private hasFailed = false;

  /** `clock`: the machine's, as commits have it. */
  constructor(
    store: ObjectStore,
    environment: string,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {
    const subjects = Object.keys(EVENT_ID_FIELDS).filter((subject) => !OWN_SUBJECTS.has(subject));
    this.silver = subjects.map((subject) => ({
      subject,
      log: new CommitLog(store, `${environment}/silver/${subject}`),
    }));
    this.quarantine = new CommitLog(store, `${environment}/quarantine`);
  }

  /** What is said is what was known before: the lake did not answer the last time. */
  get isBehind(): boolean {
    return this.hasFailed;
  }

  /** Busiest first. `nowMs` is by the clock of the shops. */
  async views(nowMs: number, isEveryStoreClosed: boolean): Promise<SourceView[]> {
    await this.refresh();
    const views = this.silver.flatMap(({ subject, log: { commits, seenComing } }): SourceView[] => {
      const lastEventMs = commits.reduce((newest, { eventMs }) => Math.max(newest, eventMs), -Infinity);
      const { secondsSinceCommit, rowsPerMinute } = this.rateOf(commits);
      if (lastEventMs === -Infinity || secondsSinceCommit === null) return [];
      const ageMs = Math.max(0, nowMs - lastEventMs);
      const level = levelOf(seenComing, ageMs, isEveryStoreClosed);
      const secondsSinceEvent = Math.round(ageMs / 1_000);
      return [{ subject, lastEventMs, secondsSinceEvent, level, secondsSinceCommit, rowsPerMinute }];
    });
    return views.sort((a, b) => b.rowsPerMinute - a.rowsPerMinute || (a.subject < b.subject ? -1 : 1));
  }

  async quarantined(): Promise<TableRate> {
    await this.refresh();
    return this.rateOf(this.quarantine.commits);
  }

  private rateOf(commits: readonly TableCommit[]): TableRate {
    const nowMs = this.clock.nowMs();
    const recent = commits.filter(({ atMs }) => atMs > nowMs - RATE_MS);
    const rows = recent.reduce((sum, commit) => sum + commit.rows, 0);
    const last = commits.at(-1);
    return {
      secondsSinceCommit: last ? Math.max(0, Math.round((nowMs - last.atMs) / 1_000)) : null,
      rowsPerMinute: (rows * 60_000) / RATE_MS,
    };
  }

  /** Waits for the first reading alone: later ones go on while what is known is told. */
  private async refresh(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const isFirst = this.readAtMs === -Infinity;
    if (!this.reading && nowMs - this.readAtMs >= READ_EVERY_MS) {
      this.reading = this.readAll().finally(() => {
        this.reading = null;
        this.readAtMs = this.clock.nowMs();
      });
    }
    if (isFirst) await this.reading;
  }

  private async readAll(): Promise<void> {
    try {
      const logs = [...this.silver.map(({ log }) => log), this.quarantine];
      await Promise.all(logs.map((log) => log.read()));
      this.hasFailed = false;
    } catch (error) {
      // That the lake does not answer is told and counted by the feed, which asks it all the time.
      if (!(error instanceof GondolaError)) throw error;
      this.hasFailed = true;
    }
  }
}

function levelOf(commits: readonly TableCommit[], ageMs: number, isEveryStoreClosed: boolean): SourceLevel {
  const gaps: number[] = [];
  let newestMs = -Infinity;
  for (const { eventMs } of commits) {
    if (eventMs <= newestMs) continue;
    if (newestMs !== -Infinity) gaps.push(eventMs - newestMs);
    newestMs = eventMs;
  }
  if (gaps.length < GAPS_MIN) return ageMs > GAP_MS_MAX ? 'seldom' : 'unknown';
  const sorted = gaps.slice(-GAPS_MAX).sort((a, b) => a - b);
  if (sorted[sorted.length >> 1] > GAP_MS_MAX) return 'seldom';
  const usualMs = sorted[Math.floor(0.9 * (sorted.length - 1))];
  const lateMs = Math.max(LATE_MS_MIN, LATE_GAPS * usualMs);
  if (ageMs <= lateMs) return 'fresh';
  if (isEveryStoreClosed) return 'closed';
  return ageMs <= SILENT_TIMES_LATE * lateMs ? 'late' : 'silent';
}
