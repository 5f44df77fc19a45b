import { armOf, type Evidence, type Lottery, type Signal, type SignalKind } from '@gondola/events';
import { causesOf, type CauseFacts } from './causes.js';
import { causeFactsOf, money } from './signal-facts.js';
import { outlookOf, type Outlook } from './coming.js';
import { outAtEnd, withSights, type OutNow } from './out-in-hour.js';
import type { DetectConfig } from './config.js';
import type { Moved } from './effects.js';
import { demandShape, likelihoodRatio, posteriorOf, zeroProbability } from './equations.js';
import { comingEvidenceOf, evidenceOf } from './evidence.js';
import { historyOf } from './history.js';
import { identityOf } from './identity.js';
import { isEmptyKind, kindOf } from './kinds.js';
import { learnLevels } from './learn-levels.js';
import { lostUnits, lostUnitsOf, NOTHING_LOST, type LostUnits } from './lost-units.js';
import { onHandEstimate } from './on-hand.js';
import { missingUnits, PARTIAL_HOURS, partialEvidenceOf, partialOf } from './partial.js';
import { DAY_MS, HOUR_MS, localHourAt, type LocalHour } from './local-time.js';
import type { Model } from './model.js';
import { isGivenOpen } from './opening-hours.js';
import { NOTED_EPISODE, noteShelf, QUANTITY_PARTS, unnoteShelf } from './shelf-state.js';
import type { EngineNames } from './snapshot.js';
import type { Episode, StoreState } from './store-state.js';
import { countSure } from './sure-hours.js';
import type { TickContext } from './tick.js';
import { isWatched } from './watched.js';
import { outAfterSale, outSoFar } from './within-hour.js';

export interface SignalDeps {
  readonly environment: string;
  readonly model: Model;
  readonly config: DetectConfig;
  readonly names: EngineNames;
  readonly onCause?: (signal: Signal, facts: CauseFacts) => void;
}

/** What a signal says besides what the shelf's columns say. */
interface Change {
  readonly kind: SignalKind;
  readonly atMs: number;
  readonly sinceMs: number;
  readonly expectedAtMs?: number;
  readonly actByMs?: number | null;
  /** P(the shelf is empty). */
  readonly out: number;
  /** Left out: none. */
  readonly lost?: LostUnits;
  /** Of what is demanded, how much is not sold; left out: all. */
  readonly missingShare?: number;
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
  private readonly onCause: SignalDeps['onCause'];
  private readonly raiseProbability: number;
  private readonly raiseHours: number;
  readonly comingProbability: number;
  readonly hoursAhead: number;
  private readonly holdOut: Lottery;
  private readonly backroomLeadMs: number | null;
  readonly delistedMs: number;

  constructor({ environment, model, config, names, onCause }: SignalDeps) {
    this.onCause = onCause;
    this.environment = environment;
    this.model = model;
    this.names = names;
    this.raiseProbability = config.raiseProbability;
    this.raiseHours = config.raiseHours;
    this.comingProbability = config.comingProbability ?? model.file.coming.probability;
    this.hoursAhead = config.comingHours ?? model.file.coming.hours;
    this.holdOut = config.holdOut;
    this.backroomLeadMs = config.backroomLeadMs;
    this.delistedMs = config.delistedDays * DAY_MS;
  }

  /** After a tick: every shelf of the store if it saw something, and what they are together. */
  afterTick(store: StoreState, context: TickContext, seeing: boolean, out: Signal[]): void {
    const isOpen = this.isOpen(store, context.at);
    const open = isOpen && context.holds !== true;
    if (seeing) this.judgeShelves(store, context, { isOpen, open }, out);
    learnLevels(store, context, seeing && open, this);
  }

  private judgeShelves(
    store: StoreState,
    context: TickContext,
    { isOpen, open }: { isOpen: boolean; open: boolean },
    out: Signal[],
  ): void {
    const { columns, count } = store.shelves;
    const outlook = outlookOf(store, context, this.hoursAhead);
    const atMs = store.tickEndMs;
    const judged = context.work.judged.begin(count);
    for (let row = 0; row < count; row++) {
      const episode = store.episodes.get(row);
      if (!isOpen) countSure(columns, row, false);
      if (!open && !episode) continue;
      const inRange = this.isInRange(store, row, atMs);
      if (!inRange && !episode) continue;
      const now = outAtEnd(store, context, row);
      if (inRange) judged.see(row, now.calibrated);
      if (!inRange && episode) {
        this.close(store, row, episode, now, { atMs }, out);
        continue;
      }
      // What sold within the hour was there: whatever trees say, it does not open a signal. A record knows what is left since.
      const isKnown = !Number.isNaN(columns.record.at(row));
      const hours = countSure(columns, row, now.calibrated >= this.raiseProbability);
      const isSure = isKnown || now.sights !== undefined || hours >= this.raiseHours;
      const mayOpen = open && isSure && (isKnown || context.work.units[row] === 0);
      if (this.judge(store, row, now, { atMs, open: mayOpen }, out)) continue;
      if (this.judgePartial(store, row, now, { atMs, open }, out)) continue;
      judged.coming[row] = this.lookAhead(store, row, now, { atMs, outlook, open }, out);
    }
  }

  /** Within an hour, at most every quarter: shelves with a record that sold nothing so far. Opens signals, closes none. */
  withinHour(
    store: StoreState,
    context: Pick<TickContext, 'model' | 'at' | 'profileRows'>,
    atMs: number,
    out: Signal[],
  ): void {
    const soFar = outSoFar(store, context, atMs);
    if (!soFar || store.watch.incident || !this.isOpen(store, context.at)) return;
    for (let row = 0; row < store.shelves.count; row++) {
      const kind = store.episodes.get(row)?.kind;
      if ((kind && isEmptyKind(kind)) || !this.isInRange(store, row, atMs)) continue;
      const bySilence = soFar(row);
      if (!bySilence) continue;
      const now = withSights(bySilence, store.sights.get(row)?.shift ?? 0);
      if (now.calibrated >= this.raiseProbability) this.judge(store, row, now, { atMs, open: true }, out);
    }
  }

  /** After an event that proves or moves something by itself: one shelf, without waiting for the tick. */
  afterEvent(store: StoreState, row: number, moved: Moved, atMs: number, out: Signal[]): void {
    const { columns } = store.shelves;
    if (moved === 'sight_up' && isEmptyKind(store.episodes.get(row)?.kind)) return;
    if (moved === 'prior' || moved === 'sight_up' || moved === 'sight_down') {
      if (!store.episodes.has(row) && !this.isInRange(store, row, atMs)) return;
      // As at the tick: what sold within the hour was there, whatever the web shop says.
      const mayOpen = moved === 'prior' || columns.tickSold.at(row) + columns.nextSold.at(row) === 0;
      const open = mayOpen && this.isOpen(store, localHourAt(store.clock, atMs));
      this.judge(store, row, this.outNow(store, row), { atMs, open }, out);
      return;
    }
    const emptied = columns.record.at(row) === 0;
    if (store.episodes.size === 0 && !emptied) return;
    const episode = store.episodes.get(row);
    if (!emptied && (!episode || !isEmptyKind(episode.kind))) return;
    const prior = columns.prior.at(row);
    const zero = zeroProbability(
      columns.demand[row],
      demandShape(columns.rateShape[row], this.model.file.rate.dispersion),
    );
    const known = !Number.isNaN(columns.record.at(row));
    const { file, saleWhenOut } = this.model;
    const saleAnyway = known ? file.ledger.sale_when_out : saleWhenOut[localHourAt(store.clock, atMs).hour];
    const ratio = likelihoodRatio(true, zero, saleAnyway, 1);
    if (emptied) {
      const open = this.isOpen(store, localHourAt(store.clock, atMs));
      const left = outAfterSale(prior, ratio, this.model);
      // The hours before this sale say nothing any more.
      const soFar = { weight: -columns.zeroEvidence[row], units: -columns.expectedSince[row] };
      this.judge(store, row, { raw: left, calibrated: left, soFar }, { atMs, open }, out);
      return;
    }
    if (!episode) return;
    const now = this.outNowOf(columns.record.at(row), posteriorOf(prior, ratio));
    // Units were lost if it was empty before this sale.
    const { calibrated: before } = this.outNowOf(columns.record.at(row), prior);
    const lost = lostUnitsOf(columns, row, before);
    this.close(store, row, episode, now, { atMs, sale: Math.log(ratio), lost }, out);
  }

  private outNow(store: StoreState, row: number): OutNow {
    const { record, prior } = store.shelves.columns;
    const now = this.outNowOf(record.at(row), prior.at(row));
    const sights = store.sights.get(row);
    return sights ? withSights(now, sights.shift) : now;
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
    const { columns } = store.shelves;
    const { record, silentSinceMs } = columns;
    const isOut = episode !== undefined && isEmptyKind(episode.kind);
    const probability = now.calibrated;
    if (isOut && probability < this.raiseProbability / 2) {
      this.close(store, row, episode, now, { atMs, lost: lostUnitsOf(columns, row, probability) }, out);
      return true;
    }
    const kind = kindOf(record.at(row));
    const raised = isOut ? kind !== episode.kind : open && probability >= this.raiseProbability;
    if (!raised) return isOut;
    const sinceMs = isOut ? episode.sinceMs : silentSinceMs.at(row);
    const evidence = evidenceOf(store, row, atMs, now);
    const lost = lostUnitsOf(columns, row, probability, now.soFar?.units);
    this.emit(store, row, { kind, atMs, sinceMs, probability, out: probability, lost, evidence }, out);
    return true;
  }

  /** The same for a shelf that sells, but far below what is expected; true when it has such a signal or just lost it. */
  private judgePartial(
    store: StoreState,
    row: number,
    now: OutNow,
    { atMs, open }: { atMs: number; open: boolean },
    out: Signal[],
  ): boolean {
    const episode = store.episodes.get(row);
    if (episode && episode.kind !== 'partial') return false;
    const partial = partialOf(store, row);
    const probability = partial?.probability ?? 0;
    if (episode) {
      if (probability >= this.raiseProbability / 2) return true;
      const missing = missingUnits(store, row, (atMs - episode.sinceMs) / HOUR_MS);
      const lost = lostUnits((episode.partial ?? 1) * missing, missing, store.shelves.columns.rateShape[row]);
      this.close(store, row, episode, now, { atMs, lost }, out);
      return true;
    }
    const isThere = now.calibrated < this.raiseProbability / 2;
    if (!partial || !open || !isThere || probability < this.raiseProbability) return false;
    const missing = partial.expectedUnits - partial.soldUnits;
    const lost = lostUnits(probability * missing, missing, store.shelves.columns.rateShape[row]);
    const sinceMs = atMs - PARTIAL_HOURS * HOUR_MS;
    const evidence = partialEvidenceOf(partial);
    const change: Change = {
      kind: 'partial',
      atMs,
      sinceMs,
      probability,
      out: now.calibrated,
      lost,
      missingShare: missing / partial.expectedUnits,
      evidence,
    };
    this.emit(store, row, change, out);
    return true;
  }

  /** Returns P(it runs out within the horizon). */
  private lookAhead(
    store: StoreState,
    row: number,
    now: OutNow,
    { atMs, outlook, open }: { atMs: number; outlook: Outlook; open: boolean },
    out: Signal[],
  ): number {
    const episode = store.episodes.get(row);
    if (store.shelves.columns.record.at(row) === 0) return 0;
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
      const leadMs = store.orders.supplyOf(row)?.leadMs ?? this.backroomLeadMs;
      const actByMs = leadMs === null ? null : Math.round(expectedAtMs - leadMs);
      const times = { atMs, sinceMs: atMs, expectedAtMs, actByMs };
      this.emit(store, row, { kind: 'coming', ...times, probability, out: now.calibrated, evidence }, out);
    }
    return probability;
  }

  private close(
    store: StoreState,
    row: number,
    episode: Episode,
    now: OutNow,
    { atMs, sale, lost }: { atMs: number; sale?: number; lost?: LostUnits },
    out: Signal[],
  ): void {
    const evidence = evidenceOf(store, row, atMs, { ...now, sale });
    const { sinceMs } = episode;
    const probability = now.calibrated;
    const change: Change = {
      kind: 'recovered',
      atMs,
      sinceMs,
      probability,
      out: probability,
      lost,
      evidence,
    };
    this.emit(store, row, change, out);
    store.episodes.delete(row);
    unnoteShelf(store.shelves, row, NOTED_EPISODE);
  }

  private emit(store: StoreState, row: number, change: Change, out: Signal[]): void {
    const { columns } = store.shelves;
    const { kind, atMs, sinceMs, probability, evidence, lost = NOTHING_LOST } = change;
    const itemId = this.names.items.nameOf(columns.item.at(row));
    const signalId = identityOf(this.environment, store.storeId, itemId, kind, sinceMs, atMs);
    const before = store.episodes.get(row);
    const episodeId = before?.episodeId ?? signalId;
    const arm = before ? (before.arm ?? 'treated') : armOf(store.storeId, itemId, atMs, this.holdOut);
    const partial = kind === 'partial' ? { partial: probability } : {};
    store.episodes.set(row, { episodeId, kind, sinceMs, arm, ...partial });
    noteShelf(store.shelves, row, NOTED_EPISODE);
    const price = columns.unitPrice.at(row);
    const currency = columns.currency.at(row);
    const demandPerHour = columns.demand[row];
    const facts = causeFactsOf(store, row, kind, atMs);
    const missingShare = kind === 'recovered' ? 0 : (change.missingShare ?? 1);
    const lostSalesPerHour = price * demandPerHour * missingShare;
    const signal: Signal = {
      ...{ signalId, episodeId, environment: this.environment, storeId: store.storeId },
      ...{ itemId, kind, atMs, sinceMs },
      expectedAtMs: change.expectedAtMs ?? null,
      actByMs: change.actByMs ?? null,
      probability,
      onHandRecord: Number.isNaN(columns.record.at(row)) ? null : columns.record.at(row) / QUANTITY_PARTS,
      onHandEstimate: onHandEstimate(store, row, change.out, atMs),
      demandPerHour,
      lostUnits: lost.mean,
      lostUnitsLow: lost.low,
      lostUnitsHigh: lost.high,
      lostSalesPerHour: money(lostSalesPerHour),
      lostSales: money(lost.mean * price),
      lostSalesLow: money(lost.low * price),
      lostSalesHigh: money(lost.high * price),
      valuePerMinute: money((probability * lostSalesPerHour) / 60),
      currency: currency === 0 ? null : this.names.currencies.nameOf(currency),
      evidence,
      causes: causesOf(facts),
      soldLast24h: historyOf(columns.soldRing, row, store.ticks),
      expectedLast24h: historyOf(columns.expectedRing, row, store.ticks),
      modelVersion: this.model.version,
      arm,
      receipt: null,
    };
    out.push(signal);
    this.onCause?.(signal, facts);
  }

  /** Within the hours that trees know, but for those in which this store is closed: as the catalog has it, else as it never sells. */
  private isOpen(store: StoreState, at: LocalHour): boolean {
    const [openHour, closeHour] = this.model.file.open_hours;
    if (at.hour < openHour || at.hour >= closeHour) return false;
    return isGivenOpen(store, at) ?? store.sellsAt[at.hour] > CLOSED_SHARE;
  }

  private isInRange(store: StoreState, row: number, atMs: number): boolean {
    return isWatched(store, row, { atMs, delistedMs: this.delistedMs });
  }
}

/** An hour in which a store sold on fewer days than this is not one in which it is open. */
const CLOSED_SHARE = 0.15;
