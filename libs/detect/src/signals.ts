import { hash } from 'node:crypto';
import { armOf, type Evidence, type Lottery, type Signal, type SignalKind } from '@gondola/events';
import { outlookOf, type Outlook } from './coming.js';
import { outInHour, type OutNow } from './out-in-hour.js';
import type { DetectConfig } from './config.js';
import type { Moved } from './effects.js';
import {
  demandShape,
  likelihoodRatio,
  lostUnitsInterval,
  posteriorOf,
  zeroProbability,
} from './equations.js';
import { comingEvidenceOf, evidenceOf } from './evidence.js';
import { HOUR_MS, localHourAt } from './local-time.js';
import type { Model } from './model.js';
import { HISTORY_HOURS, HISTORY_PARTS, QUANTITY_PARTS } from './shelf-state.js';
import type { EngineNames } from './snapshot.js';
import type { Episode, StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

export interface SignalDeps {
  readonly environment: string;
  readonly model: Model;
  readonly config: DetectConfig;
  readonly names: EngineNames;
}

/** What a signal says besides what the shelf's columns say. */
interface Change {
  readonly kind: SignalKind;
  readonly atMs: number;
  readonly sinceMs: number;
  readonly expectedAtMs?: number;
  readonly probability: number;
  readonly evidence: readonly Evidence[];
}

/**
 * Raised at `raiseProbability` within open hours, withdrawn below half of it or at a sale, so that a shelf near the
 * threshold does not chatter. An episode is one story: `coming`, then empty, then `recovered`, under one episode id;
 * `recovered` covers the whole of it (its sinceMs is the episode's).
 */
export class Signals {
  private readonly environment: string;
  private readonly model: Model;
  private readonly names: EngineNames;
  private readonly raiseProbability: number;
  private readonly comingProbability: number;
  private readonly hoursAhead: number;
  private readonly holdOut: Lottery;

  constructor({ environment, model, config, names }: SignalDeps) {
    this.environment = environment;
    this.model = model;
    this.names = names;
    this.raiseProbability = config.raiseProbability;
    this.comingProbability = config.comingProbability ?? model.file.coming.probability;
    this.hoursAhead = config.comingHours ?? model.file.coming.hours;
    this.holdOut = config.holdOut;
  }

  /** After a tick that saw something: every shelf of the store. */
  afterTick(store: StoreState, context: TickContext, out: Signal[]): void {
    const { columns, count } = store.shelves;
    const open = this.isOpen(context.at.hour) && context.holds !== true;
    const outlook = outlookOf(store, context, this.hoursAhead);
    const atMs = store.tickEndMs;
    for (let row = 0; row < count; row++) {
      const episode = store.episodes.get(row);
      if (!open && !episode) continue;
      const now = outInHour(store, context, row);
      // What sold within the hour was there: whatever trees say, it does not open a signal. A record knows what is left since.
      const mayOpen = open && (context.work.units[row] === 0 || !Number.isNaN(columns.record[row]));
      if (this.judge(store, row, now, { atMs, open: mayOpen }, out)) continue;
      this.lookAhead(store, row, now, { atMs, outlook, open }, out);
    }
  }

  /** After an event that proves or moves something by itself: one shelf, without waiting for the tick. */
  afterEvent(store: StoreState, row: number, moved: Moved, atMs: number, out: Signal[]): void {
    const { columns } = store.shelves;
    const prior = columns.prior[row];
    if (moved === 'prior') {
      const open = this.isOpen(localHourAt(store.clock, atMs).hour);
      this.judge(store, row, this.outNowOf(columns.record[row], prior), { atMs, open }, out);
      return;
    }
    if (store.episodes.size === 0) return;
    const episode = store.episodes.get(row);
    if (!episode || episode.kind === 'coming') return;
    const zero = zeroProbability(
      columns.demand[row],
      demandShape(columns.rateShape[row], this.model.file.rate.dispersion),
    );
    const known = !Number.isNaN(columns.record[row]);
    const { file, saleWhenOut } = this.model;
    const saleAnyway = known ? file.ledger.sale_when_out : saleWhenOut[localHourAt(store.clock, atMs).hour];
    const ratio = likelihoodRatio(true, zero, saleAnyway, 1);
    const now = this.outNowOf(columns.record[row], posteriorOf(prior, ratio));
    this.close(store, row, episode, now, { atMs, sale: Math.log(ratio) }, out);
  }

  /** The isotonic map was fitted where no record is known, so it holds for what sales alone can show: see `outInHour`. */
  private outNowOf(record: number, raw: number): OutNow {
    return { raw, calibrated: Number.isNaN(record) ? this.model.calibrate(raw) : raw };
  }

  /** Opens, renames or closes an empty shelf's signal; true when the shelf has one or just lost it. */
  private judge(
    store: StoreState,
    row: number,
    now: OutNow,
    { atMs, open }: { atMs: number; open: boolean },
    out: Signal[],
  ): boolean {
    const episode = store.episodes.get(row);
    const { record, silentSinceMs } = store.shelves.columns;
    const isOut = episode !== undefined && episode.kind !== 'coming';
    if (isOut && now.calibrated < this.raiseProbability / 2) {
      this.close(store, row, episode, now, { atMs }, out);
      return true;
    }
    const kind = kindOf(record[row]);
    const raised = isOut ? kind !== episode.kind : open && now.calibrated >= this.raiseProbability;
    if (!raised) return isOut;
    const sinceMs = isOut ? episode.sinceMs : silentSinceMs[row];
    const evidence = evidenceOf(store, row, atMs, now);
    this.emit(store, row, { kind, atMs, sinceMs, probability: now.calibrated, evidence }, out);
    return true;
  }

  private lookAhead(
    store: StoreState,
    row: number,
    now: OutNow,
    { atMs, outlook, open }: { atMs: number; outlook: Outlook; open: boolean },
    out: Signal[],
  ): void {
    const episode = store.episodes.get(row);
    if (store.shelves.columns.record[row] === 0) return;
    const ahead = outlook(row, this.comingProbability);
    const probability = ahead.probability * (1 - now.calibrated);
    if (episode) {
      if (probability < this.comingProbability / 2) this.close(store, row, episode, now, { atMs }, out);
    } else if (open && probability >= this.comingProbability) {
      const evidence = comingEvidenceOf(store, row, ahead, {
        hours: this.hoursAhead,
        outNow: now.calibrated,
      });
      const expectedAtMs = atMs + ahead.hours * HOUR_MS;
      this.emit(
        store,
        row,
        { kind: 'coming', atMs, sinceMs: atMs, expectedAtMs, probability, evidence },
        out,
      );
    }
  }

  private close(
    store: StoreState,
    row: number,
    episode: Episode,
    now: OutNow,
    { atMs, sale }: { atMs: number; sale?: number },
    out: Signal[],
  ): void {
    const evidence = evidenceOf(store, row, atMs, { ...now, sale });
    const { sinceMs } = episode;
    this.emit(store, row, { kind: 'recovered', atMs, sinceMs, probability: now.calibrated, evidence }, out);
    store.episodes.delete(row);
  }

  private emit(store: StoreState, row: number, change: Change, out: Signal[]): void {
    const { columns } = store.shelves;
    const { kind, atMs, sinceMs, probability, evidence } = change;
    const itemId = this.names.items.nameOf(columns.item[row]);
    const identity = [this.environment, store.storeId, itemId, kind, sinceMs, atMs].join('|');
    const signalId = hash('sha256', identity, 'hex').slice(0, 32);
    const before = store.episodes.get(row);
    const episodeId = before?.episodeId ?? signalId;
    const arm = before ? (before.arm ?? 'treated') : armOf(store.storeId, itemId, atMs, this.holdOut);
    store.episodes.set(row, { episodeId, kind, sinceMs, arm });
    const wasOut = kind !== 'coming' && !(kind === 'recovered' && before?.kind === 'coming');
    const lost = wasOut ? columns.lostSince[row] : 0;
    const interval = lostUnitsInterval(lost, columns.rateShape[row]);
    const price = columns.unitPrice[row];
    const currency = columns.currency[row];
    const demandPerHour = columns.demand[row];
    const lostSalesPerHour = price * (kind === 'recovered' ? 0 : demandPerHour);
    out.push({
      ...{ signalId, episodeId, environment: this.environment, storeId: store.storeId },
      ...{ itemId, kind, atMs, sinceMs },
      expectedAtMs: change.expectedAtMs ?? null,
      actByMs: null,
      probability,
      onHandRecord: Number.isNaN(columns.record[row]) ? null : columns.record[row] / QUANTITY_PARTS,
      onHandEstimate: null,
      demandPerHour,
      lostUnits: lost,
      lostUnitsLow: interval.low,
      lostUnitsHigh: interval.high,
      lostSalesPerHour: money(lostSalesPerHour),
      lostSales: money(lost * price),
      lostSalesLow: money(interval.low * price),
      lostSalesHigh: money(interval.high * price),
      valuePerMinute: money((probability * lostSalesPerHour) / 60),
      currency: currency === 0 ? null : this.names.currencies.nameOf(currency),
      evidence,
      causes: [],
      soldLast24h: unroll(columns.soldRing, row, store.ticks),
      expectedLast24h: unroll(columns.expectedRing, row, store.ticks),
      modelVersion: this.model.version,
      arm,
    });
  }

  private isOpen(hour: number): boolean {
    const [openHour, closeHour] = this.model.file.open_hours;
    return hour >= openHour && hour < closeHour;
  }
}

function kindOf(record: number): SignalKind {
  if (Number.isNaN(record)) return 'silent';
  return record > 0 ? 'phantom' : 'out_of_stock';
}

/** Money, null where the price is not known. */
const money = (amount: number): number | null => (Number.isNaN(amount) ? null : amount);

/** A shelf's ring of hours, oldest first, in units. */
function unroll(ring: Uint16Array, row: number, ticks: number): number[] {
  const hours: number[] = [];
  for (let j = 0; j < HISTORY_HOURS; j++) {
    hours.push(ring[row * HISTORY_HOURS + ((ticks + j) % HISTORY_HOURS)] / HISTORY_PARTS);
  }
  return hours;
}
