import type { Incident, NumberedIncident } from '@gondola/events';
import { identityOf } from './identity.js';
import { HOUR_MS, localHourAt } from './local-time.js';
import { isInClosure, openShare } from './opening-hours.js';
import type { EngineNames } from './snapshot.js';
import type { StoreState } from './store-state.js';
import {
  isUsuallyClosed,
  learnHour,
  learnMachines,
  tailGap,
  watchTills,
  type OpenIncident,
  type TillWatch,
} from './store-watch.js';
import { SILENCE_MAX, type TickContext } from './tick.js';

/** P(silence by chance) = e^-3 = .05: too little for an incident, enough not to blame a shelf. */
const SILENCE_HOLD = 3;
/** Hours of a store's life after which its silence means something: before, its opening hours are not known. */
const TICKS_MIN = 72;
/** A till, or a machine, may speak this much after the last sale without that being news. */
const TAIL_MS = 1_800_000;
/** Many tills of many stores are looked at each hour: P(silence by chance) = e^-12 = .000006, of transactions that come singly. */
const TILL_SILENCE_MAX = 12;
/** Odds at which a found kind gives way to the other: once said, a kind does not flutter. */
const KIND_ODDS = 0.5;
const PROBABILITY_MAX = 0.99;

/**
 * What concerns a whole store is one line of its own: a feed that died, a store that is closed when it usually sells, a
 * till that fell silent. They end when a sale comes on time again. Their order and content follow from the events alone.
 */
export class Incidents {
  /** Changes made known so far: the number of the next one. */
  total = 0;
  private out: NumberedIncident[] = [];

  constructor(
    private readonly environment: string,
    private readonly names: EngineNames,
    /** False: a store is judged all the same, for what its shelves are told, and nobody hears of it. */
    private readonly isHeard: boolean,
  ) {}

  /**
   * After a tick, and before its signals. `silenceBefore` is the store's silence before the tick. Returns whether signals
   * must not be raised now: what shelves did not sell may be the store's doing.
   */
  afterTick(store: StoreState, context: TickContext, silenceBefore: number, seeing: boolean): boolean {
    const { watch, tickEndMs } = store;
    const { at } = context;
    const sold = watch.saleMs >= store.tickStartMs && store.silence === 0;
    const share = openShare(store, at);
    let holds = store.silence > SILENCE_HOLD || watch.incident !== null;
    if (sold) {
      if (watch.incident) this.close(store, watch.incident);
      const gap = tailGap(watch, tickEndMs, expectedOf(store, context));
      holds ||= gap > SILENCE_MAX && !isUsuallyClosed(share);
      this.judgeTills(store);
      watch.openSilence = 0;
      watch.beganAtClose = false;
    } else {
      if (isUsuallyClosed(share)) watch.beganAtClose ||= watch.openSilence < SILENCE_HOLD;
      else watch.openSilence += share * Math.max(0, store.silence - silenceBefore);
      // A sale of the hour after may have come already.
      const isSilent = !seeing && watch.saleMs < tickEndMs;
      const isFound = isSilent && !isUsuallyClosed(share) && watch.openSilence > SILENCE_MAX;
      if (watch.incident || (isFound && store.ticks >= TICKS_MIN)) this.judgeSilence(store, context);
    }
    // A feed that died while the store sold says nothing of its hours; one that died at night hardly does.
    if (watch.incident?.kind !== 'feed_dead' || watch.beganAtClose) {
      if (!isInClosure(store, at)) learnHour(watch, at, sold);
      learnMachines(watch);
    }
    watch.machineNow = 0;
    if (seeing) {
      watch.seenUntilMs = tickEndMs;
      watch.lateSales = 0;
    }
    return holds;
  }

  /** What became known since the last call, in order. */
  takeOut(): NumberedIncident[] {
    const out = this.out;
    this.out = [];
    return out;
  }

  /** Opens the line of a silent store, or says that its kind has become another. */
  private judgeSilence(store: StoreState, context: TickContext): void {
    const { watch } = store;
    const odds = deadOdds(store);
    const before = watch.incident;
    const isDead = before === null ? odds >= 0 : odds > (before.kind === 'feed_dead' ? -1 : 1) * KIND_ODDS;
    const kind = isDead ? 'feed_dead' : 'store_closed';
    if (kind === before?.kind) return;
    const sinceMs = before?.sinceMs ?? watch.saleMs;
    const incidentId = before?.incidentId ?? this.idOf(store.storeId, '', sinceMs);
    watch.incident = { incidentId, kind, sinceMs };
    const lost = kind === 'store_closed' ? lostPerHour(store, context) : null;
    const currency = currencyOf(store);
    this.emit(store, watch.incident, {
      state: 'open',
      probability: 1 / (1 + Math.exp(-Math.abs(odds))),
      lostSalesPerHour: lost,
      currency: lost === null || currency === 0 ? null : this.names.currencies.nameOf(currency),
      facts: {
        silentHours: (store.tickEndMs - watch.saleMs) / HOUR_MS,
        silenceLogOdds: watch.openSilence,
        beganAtClose: Number(watch.beganAtClose),
        hoursSinceStaff: hoursSince(store, watch.staffMs),
        hoursSinceMachine: hoursSince(store, watch.machineMs),
      },
    });
  }

  private close(store: StoreState, incident: OpenIncident): void {
    const { watch } = store;
    // It sold all the while, and we did not hear of it.
    const kind = watch.lateSales > 0 ? 'feed_dead' : incident.kind;
    const facts = { silentHours: (store.tickEndMs - incident.sinceMs) / HOUR_MS, lateSales: watch.lateSales };
    this.emit(store, { ...incident, kind }, { state: 'closed', probability: PROBABILITY_MAX, facts });
    watch.incident = null;
  }

  private judgeTills(store: StoreState): void {
    const { watch } = store;
    const { back, offline } = watchTills(watch, {
      silenceMax: TILL_SILENCE_MAX,
      endMs: store.tickEndMs,
    });
    for (const till of back) {
      if (!till.incident) continue;
      this.emitTill(store, till, till.incident, 'closed');
      till.incident = null;
    }
    // A store with one till has no till to compare with.
    for (const till of offline) {
      const incidentId = this.idOf(store.storeId, till.till, till.lastMs);
      till.incident = { incidentId, kind: 'till_offline', sinceMs: till.lastMs };
      this.emitTill(store, till, till.incident, 'open');
    }
  }

  private emitTill(
    store: StoreState,
    { till, share, silence }: TillWatch,
    incident: OpenIncident,
    state: Incident['state'],
  ): void {
    const facts = { shareOfTransactions: share, transactionsMissing: silence };
    this.emit(store, incident, {
      state,
      probability: PROBABILITY_MAX,
      workstationId: till,
      shelves: 0,
      facts,
    });
  }

  private emit(
    store: StoreState,
    { incidentId, kind, sinceMs }: OpenIncident,
    change: Pick<Incident, 'state' | 'probability' | 'facts'> & Partial<Incident>,
  ): void {
    const incident: Incident = {
      ...{ incidentId, environment: this.environment, kind, storeId: store.storeId },
      ...{ workstationId: null, itemId: null, region: null },
      ...{ atMs: store.tickEndMs, sinceMs, stores: 1, shelves: store.shelves.count },
      ...{ lostSalesPerHour: null, currency: null },
      ...change,
    };
    const ordinal = this.total++;
    if (this.isHeard) this.out.push({ ordinal, incident });
  }

  private idOf(storeId: string, till: string, sinceMs: number): string {
    return identityOf('incident', this.environment, storeId, till, sinceMs);
  }
}

/**
 * Log-odds of a dead feed against a closed store. A store that closes early is rarer than a feed that dies while it sells; a
 * store that never opened is more often closed. Who books deliveries and counts in opening hours is there, so it is the tills that
 * do not speak; what needs nobody there (records that a system states, the web) tells whether the line is alive.
 */
function deadOdds(store: StoreState): number {
  const { watch, tickEndMs, clock } = store;
  const start = watch.beganAtClose ? -1.1 : 2.2;
  const heardAfterMs = watch.saleMs + TAIL_MS;
  const isStaffed =
    watch.staffMs > heardAfterMs && !isUsuallyClosed(openShare(store, localHourAt(clock, watch.staffMs)));
  const staff = isStaffed ? 2 : 0;
  const expected = (watch.machinePerHour * (tickEndMs - watch.saleMs)) / HOUR_MS;
  const machine = watch.machineMs > heardAfterMs ? -2 : Math.min(3, expected / 2);
  return start + staff + machine;
}

function expectedOf(store: StoreState, { work }: TickContext): number {
  const { count, columns } = store.shelves;
  let sum = 0;
  for (let row = 0; row < count; row++) sum += work.expected[row] * (1 - columns.prior.at(row));
  return sum;
}

/** Money that open shelves would have taken in this hour, null when no price is known. */
function lostPerHour(store: StoreState, { work }: TickContext): number | null {
  const { count, columns } = store.shelves;
  let sum: number | null = null;
  for (let row = 0; row < count; row++) {
    const price = columns.unitPrice.at(row);
    if (price >= 0) sum = (sum ?? 0) + price * work.base[row] * (1 - columns.prior.at(row));
  }
  return sum;
}

const hoursSince = ({ tickEndMs }: StoreState, ms: number): number =>
  ms === 0 ? -1 : (tickEndMs - ms) / HOUR_MS;

/** Number of the first that is known of a shelf, 0 for none. */
export function currencyOf({ shelves: { count, columns } }: StoreState): number {
  for (let row = 0; row < count; row++) if (columns.currency.at(row) !== 0) return columns.currency.at(row);
  return 0;
}
