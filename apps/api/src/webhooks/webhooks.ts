import { randomUUID } from 'node:crypto';
import type { Service, ServiceHealth } from '@gondola/stream';
import { LakeWait } from '../lake/lake-wait.js';
import { Delivery, type DeliveryDeps } from './delivery.js';
import { type SenderStates, type NumberedState } from './sender-state.js';
import type { Place } from './signal-log.js';
import type { WebhooksConfig } from './webhooks.config.js';

/** How often it is written down what was sent: after a crash so much may be sent a second time. */
const SAVE_MS = 2_000;

export interface WebhooksDeps extends Omit<DeliveryDeps, 'maySend'> {
  readonly states: SenderStates;
}

/**
 * Sends signals to subscriptions, from one instance of many: who writes the next state is the one that sends, for as long as it goes
 * on writing. See decision note 0050.
 */
export class Webhooks implements Service {
  readonly name = 'api-webhooks';
  private readonly instance = randomUUID();
  private current: ServiceHealth;
  private deliveries: readonly Delivery[] = [];
  /** As the last owner left them. */
  private kept: Readonly<Record<string, Place>> = {};
  private readonly wait: LakeWait;
  /** When it was last sure that nobody else sends. */
  private ownedMs = -Infinity;

  constructor(
    private readonly config: WebhooksConfig,
    private readonly deps: WebhooksDeps,
  ) {
    this.current = { state: 'healthy', detail: '', sinceMs: deps.clock.nowMs() };
    this.wait = new LakeWait(deps.log, { service: this.name });
  }

  /** Never unhealthy: that a receiver is away is no reason to answer no requests. Metrics and alerts tell it. */
  health(): ServiceHealth {
    return this.current;
  }

  /** There may be new signals in the lake. */
  wake(): void {
    for (const delivery of this.deliveries) delivery.wake();
  }

  /** When the oldest signal that waits was written, by subscription; nothing where another instance sends. */
  oldestMs(): ReadonlyMap<string, number | null> {
    return new Map(this.deliveries.map(({ name, oldestMs }) => [name, oldestMs]));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.deps;
    while (!signal.aborted) {
      const before = await this.untilFree(signal);
      const mine = before !== undefined && (await this.own(before, signal));
      if (mine) {
        log.info({ service: this.name }, 'this instance sends webhooks');
        await this.sendAs(mine, signal);
      }
      if (!signal.aborted) await clock.sleep(this.lookMs, signal);
    }
    this.current = { state: 'stopped', detail: '', sinceMs: clock.nowMs() };
  }

  private get lookMs(): number {
    return this.config.leaseMs / 3;
  }

  /** The state after which this instance may send: nobody has written another one for the time of the lease. Undefined: stopped. */
  private async untilFree(signal: AbortSignal): Promise<NumberedState | null | undefined> {
    const { clock, states } = this.deps;
    let seen = { number: -1, sinceMs: 0 };
    while (!signal.aborted) {
      const newest = await this.wait.attempt(() => states.newest());
      const nowMs = clock.nowMs();
      if (newest !== undefined) {
        if (newest === null || newest.state.owner === null) return newest;
        if (seen.number !== newest.number) seen = { number: newest.number, sinceMs: nowMs };
        if (nowMs - seen.sinceMs >= this.config.leaseMs) return newest;
      }
      await clock.sleep(this.lookMs, signal);
    }
    return undefined;
  }

  /** False: another one was faster, or the lake is away. */
  private async own(before: NumberedState | null, signal: AbortSignal): Promise<NumberedState | false> {
    const { table } = this.deps;
    // Also of subscriptions that this configuration does not have: during a rollout another one does.
    const places: Record<string, Place> = { ...before?.state.places };
    for (const { name } of this.config.subscriptions) {
      // Who is new is told what is new.
      const place = places[name] ?? (await this.wait.attempt(() => table.end()));
      if (!place || signal.aborted) return false;
      places[name] = place;
    }
    const mine = { number: (before?.number ?? -1) + 1, state: { owner: this.instance, places } };
    return (await this.write(mine)) === true && mine;
  }

  /** Until told to stop, or until another instance sends. */
  private async sendAs(mine: NumberedState, signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    const lost = new AbortController();
    this.kept = mine.state.places;
    const ours = AbortSignal.any([signal, lost.signal]);
    const deadlineMs = Math.max(...this.config.subscriptions.map((one) => one.deadlineMs));
    // What is begun ends before another instance may begin.
    const maySend = () => clock.nowMs() < this.ownedMs + this.config.leaseMs - deadlineMs;
    this.deliveries = this.config.subscriptions.map(
      (one) => new Delivery(one, mine.state.places[one.name], { ...this.deps, maySend }),
    );
    const sending = Promise.all(this.deliveries.map((one) => one.run(ours)));
    // A fault of the program ends the others, and is told once all have ended.
    sending.catch(() => lost.abort());
    const last = await this.keep(mine, ours);
    lost.abort();
    await sending;
    // Whoever waits need not wait for the end of the lease.
    if (last) await this.write({ number: last.number + 1, state: { owner: null, places: this.places() } });
    this.deliveries = [];
  }

  /** Writes down what was sent, and that this instance goes on. Returns its last state; null: another instance has taken over. */
  private async keep(mine: NumberedState, signal: AbortSignal): Promise<NumberedState | null> {
    const { clock, log } = this.deps;
    let last = mine;
    while (!signal.aborted) {
      await clock.sleep(Math.min(SAVE_MS, this.lookMs), signal);
      const places = this.places();
      const isNews = JSON.stringify(places) !== JSON.stringify(last.state.places);
      if (signal.aborted || (!isNews && clock.nowMs() < this.ownedMs + this.lookMs)) continue;
      const next = { number: last.number + 1, state: { owner: this.instance, places } };
      const isWritten = await this.write(next);
      if (isWritten) last = next;
      if (isWritten !== false) continue;
      log.warn({ service: this.name }, 'another instance sends webhooks now');
      return null;
    }
    return last;
  }

  private places(): Record<string, Place> {
    return { ...this.kept, ...Object.fromEntries(this.deliveries.map(({ name, place }) => [name, place])) };
  }

  /** False: another instance was faster. Undefined: the lake is away. */
  private async write(next: NumberedState): Promise<boolean | undefined> {
    const { clock, states } = this.deps;
    const beganMs = clock.nowMs();
    const isMine = await this.wait.attempt(async () => {
      if (await states.create(next)) return true;
      // It may be the one whose answer was lost the last time.
      const newest = await states.newest();
      return newest?.number === next.number && newest.state.owner === this.instance;
    });
    if (isMine) this.ownedMs = beganMs;
    return isMine;
  }
}
