import { kpisOf } from '@gondola/kpi';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { SourceWatch, type SourceView } from '../pipeline/source-watch.js';
import { SignalStore } from '../signal-store.js';
import { StoreSights } from '../store-sights.js';
import { tallyOf, type CountByKind } from '../views.js';
import { lostNow, openAt, type LostNow } from './lost-now.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** What was a week ago changes with the minute. */
const WEEK_AGO_MS = 60_000;

/** The five numbers of the board's top strip. Times are by the server's clock, which is not the reader's in a demo. */
export interface OverviewAnswer {
  readonly nowMs: number;
  /** By currency, the largest first. */
  readonly lost: readonly LostNow[];
  /** What shelves without a price lose in an hour, in units. */
  readonly lostUnitsWithoutPrice: number;
  readonly open: CountByKind;
  readonly openTotal: number;
  /** Of episodes whose alert is within the last 24 hours and that are over; null where there is none. */
  readonly minutesToFix: {
    readonly median: number;
    readonly p90: number | null;
    readonly episodes: number;
  } | null;
  /** All but those that come seldom, the busiest first. */
  readonly sources: readonly SourceView[];
}

@Controller('overview')
export class OverviewController {
  private weekAgo: { readonly key: string; readonly open: ReturnType<typeof openAt> } | null = null;

  constructor(
    @Inject(BOARD) private readonly board: BoardOptions,
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(SourceWatch) private readonly sources: SourceWatch,
    @Inject(StoreSights) private readonly sights: StoreSights,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  async overview(): Promise<OverviewAnswer> {
    const nowMs = this.board.clock.nowMs();
    const { open, openTotal, lost } = tallyOf(this.store.open());
    const sources = await this.sources.views(nowMs, this.sights.isEveryStoreClosed(nowMs));
    return {
      nowMs,
      lost: lostNow(this.store.open(), this.openWeekAgo(nowMs - WEEK_MS)),
      lostUnitsWithoutPrice: lost.unitsWithoutPrice,
      ...{ open, openTotal },
      minutesToFix: this.minutesToFix(nowMs),
      sources: sources.filter(({ level }) => level !== 'seldom'),
    };
  }

  private openWeekAgo(atMs: number): ReturnType<typeof openAt> {
    const minute = Math.floor(atMs / WEEK_AGO_MS);
    const key = `${minute} ${this.store.oldestSequence}`;
    if (this.weekAgo?.key !== key)
      this.weekAgo = { key, open: openAt(this.store, (minute + 1) * WEEK_AGO_MS) };
    return this.weekAgo.open;
  }

  private minutesToFix(nowMs: number): OverviewAnswer['minutesToFix'] {
    const fromMs = nowMs - DAY_MS;
    // An episode whose alert is within the day has all of its later signals within it.
    const { signals } = this.store.query({ sinceMs: fromMs }, Infinity);
    const kpis = kpisOf({ signals, verdicts: [], fromMs, untilMs: nowMs + 1 });
    const { value, p90, cases } = kpis.find(({ id }) => id === 'time_to_fix') ?? { value: null };
    return value === null || cases === undefined
      ? null
      : { median: value, p90: p90 ?? null, episodes: cases };
  }
}
