import { episodesOf, timeToFix, type Episode } from '@gondola/kpi';
import { inTurns } from '@gondola/stream';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { QuietHours } from '../pipeline/quiet-hours.js';
import { SourceWatch, type SourceView } from '../pipeline/source-watch.js';
import { id, parse } from '../request.js';
import { SignalStore } from '../signals/signal-store.js';
import { StoreSights, type Sight } from '../shelves/store-sights.js';
import { LossSums } from '../shelves/loss-sums.js';
import { OpenNow } from '../shelves/open-now.js';
import type { CountByKind } from '../shelves/views.js';
import { KeptFor } from './kept-for.js';
import { lossesAt, lostNow, reachesBackTo, type LostNow } from './lost-now.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** What was a week ago changes with the minute. */
const WEEK_AGO_MS = 60_000;
/** Of real time: all boards together cost one count of what is kept a second. */
const KEPT_MS = 1_000;
/** A median of a day: its signals are put together anew, a few microseconds for each. */
const FIX_KEPT_MS = 15_000;

export const overviewQuery = z.strictObject({ store: id.optional() });

/** The five numbers of the board's top strip. Times are by the server's clock, which is not the reader's in a demo. */
export interface OverviewAnswer {
  readonly nowMs: number;
  /** What the numbers are of; null: of all stores. Where it is not `seen`, that little is lost says nothing of its shelves. */
  readonly store: { readonly storeId: string; readonly sight: Sight } | null;
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
  /** Of all stores: all but those that come seldom, the busiest first. */
  readonly sources: readonly SourceView[];
}

type LossesByStore = ReadonlyMap<string, LossSums>;
type MinutesToFix = OverviewAnswer['minutesToFix'];
type Numbers = Omit<OverviewAnswer, 'nowMs' | 'store' | 'sources'>;

@Controller('overview')
export class OverviewController {
  /** By store; undefined: all. */
  private readonly numbers = new KeptFor<string | undefined, Promise<Numbers>>(KEPT_MS);
  private readonly fix = new KeptFor<string | undefined, Promise<MinutesToFix>>(FIX_KEPT_MS);
  private weekAgo: { readonly key: string; readonly losses: Promise<LossesByStore | null> } | null = null;

  constructor(
    @Inject(BOARD) private readonly board: BoardOptions,
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(OpenNow) private readonly openNow: OpenNow,
    @Inject(SourceWatch) private readonly sources: SourceWatch,
    @Inject(QuietHours) private readonly quiet: QuietHours,
    @Inject(StoreSights) private readonly sights: StoreSights,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  async overview(@Query() query: unknown): Promise<OverviewAnswer> {
    const { store: storeId } = parse(overviewQuery, query);
    const nowMs = this.board.clock.nowMs();
    const sources = await this.sources.views(nowMs, this.quiet.at(nowMs));
    return {
      nowMs,
      store: storeId === undefined ? null : { storeId, sight: this.sights.of(storeId, nowMs) },
      ...(await this.numbers.of(storeId, () => this.count(nowMs, storeId))),
      sources: sources.filter(({ level }) => level !== 'seldom'),
    };
  }

  private async count(nowMs: number, storeId: string | undefined): Promise<Numbers> {
    const [weekAgo, minutesToFix] = await Promise.all([
      this.lossesWeekAgo(nowMs - WEEK_MS),
      this.fix.of(storeId, () => this.minutesToFix(nowMs, storeId)),
    ]);
    const tally =
      storeId === undefined ? (await this.openNow.everywhere()).total : this.openNow.ofStore(storeId);
    const { open, openTotal, lost, losses } = tally;
    return {
      lost: lostNow(losses, weekAgo && lossesOf(weekAgo, storeId)),
      lostUnitsWithoutPrice: lost.unitsWithoutPrice,
      ...{ open, openTotal },
      minutesToFix,
    };
  }

  private lossesWeekAgo(atMs: number): Promise<LossesByStore | null> {
    const minute = Math.floor(atMs / WEEK_AGO_MS);
    const untilMs = (minute + 1) * WEEK_AGO_MS;
    const key = `${minute} ${reachesBackTo(this.store, untilMs)}`;
    if (this.weekAgo?.key !== key) this.weekAgo = { key, losses: inTurns(lossesAt(this.store, untilMs)) };
    return this.weekAgo.losses;
  }

  private async minutesToFix(nowMs: number, storeId: string | undefined): Promise<MinutesToFix> {
    const stores = storeId === undefined ? this.store.lastAtMsByStore.keys() : [storeId];
    const fix = timeToFix(await inTurns(this.alertsOf(nowMs, stores)));
    if (!('missing' in fix)) return { median: fix.value, p90: fix.p90, episodes: fix.cases };
    // Asked for again: the first one that ends may be the next signal.
    this.fix.forget(storeId);
    return null;
  }

  /** Episodes of the last day. One whose alert is within it has all of its later signals within it. */
  private *alertsOf(nowMs: number, stores: Iterable<string>): Generator<void, Episode[], void> {
    const episodes: Episode[] = [];
    for (const storeId of stores) {
      const { signals } = this.store.query({ sinceMs: nowMs - DAY_MS, storeId }, Infinity);
      for (const episode of episodesOf(signals)) if (episode.alert.atMs <= nowMs) episodes.push(episode);
      yield;
    }
    return episodes;
  }
}

function lossesOf(byStore: LossesByStore, storeId: string | undefined): LossSums {
  if (storeId !== undefined) return byStore.get(storeId) ?? new LossSums();
  const all = new LossSums();
  for (const losses of byStore.values()) all.addAll(losses);
  return all;
}
