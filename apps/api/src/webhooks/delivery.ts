import { GondolaError, type Clock, type Log } from '@gondola/stream';
import type { WebhookMetrics } from '@gondola/telemetry';
import { LakeWait } from '../lake/lake-wait.js';
import type { SignalView } from '../shelves/views.js';
import type { DeadLetters } from './dead-letters.js';
import { eventOf, send, type MessageTools } from './message.js';
import type { PostOutcome } from './post.js';
import { SignalLog, type LoggedSignal, type Place, type SignalTable } from './signal-log.js';
import { wantedBy } from './wanted.js';
import type { Subscription } from './webhooks.config.js';
import { Window, type GivenUp, type Waiting } from './window.js';

/** Signals that wait in memory; the others wait in the lake. */
const WAITING_MAX = 1_000;
/** Without news of the lake it is looked at so often. */
const LOOK_MS = 5_000;
const LAKE_RETRY_MS = 1_000;
/** While it may not send, what is due stays due. */
const IDLE_MS_MIN = 20;

export interface DeliveryDeps extends MessageTools {
  readonly table: SignalTable;
  readonly letters: DeadLetters;
  readonly view: SignalView;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: WebhookMetrics;
  /** False: it is no longer sure that nobody else sends. */
  readonly maySend: () => boolean;
}

/** Sends what one subscription wants, from its place in the signals table on. */
export class Delivery {
  private readonly signals: SignalLog;
  private readonly window: Window;
  private readonly wants: ReturnType<typeof wantedBy>;
  private readonly busy = new Set<Promise<void>>();
  private woken = new AbortController();
  /** Of the program: nothing that the world does ends here. */
  private fault: { readonly error: unknown } | null = null;
  private isReceiverAway = false;
  private readonly wait: LakeWait;

  constructor(
    private readonly subscription: Subscription,
    private readonly from: Place,
    private readonly deps: DeliveryDeps,
  ) {
    this.signals = new SignalLog(deps.table, from, (version) =>
      deps.log.error(
        { subscription: subscription.name, version },
        'files of the signals table were put together and cleaned before they were sent: signals of this version are not sent',
      ),
    );
    this.wait = new LakeWait(deps.log, { subscription: subscription.name });
    this.window = new Window(subscription, deps.random);
    this.wants = wantedBy(subscription);
  }

  get name(): string {
    return this.subscription.name;
  }

  /** Everything before it is sent or a dead letter. */
  get place(): Place {
    return this.window.size === 0 ? this.signals.place : (this.window.doneTo ?? this.from);
  }

  /** When the oldest signal that waits was written; null: none waits. */
  get oldestMs(): number | null {
    return this.window.oldestMs;
  }

  /** There may be something to do. */
  wake(): void {
    this.woken.abort();
  }

  /** Resolves when all requests have ended after `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, maySend } = this.deps;
    while (!signal.aborted && !this.fault) {
      this.woken = new AbortController();
      await this.fillOrWaitForLake(signal);
      const nowMs = clock.nowMs();
      const old = this.window.takeOld(nowMs);
      if (old.length > 0) this.begin(this.bury(old, signal));
      while (maySend()) {
        const taken = this.window.take(nowMs);
        if (taken.length === 0) break;
        this.begin(this.attempt(taken, signal));
      }
      const idleMs = this.window.idleMs(nowMs, LOOK_MS);
      await clock.sleep(Math.max(idleMs, IDLE_MS_MIN), AbortSignal.any([signal, this.woken.signal]));
    }
    await Promise.all(this.busy);
    if (this.fault) throw this.fault.error;
  }

  private begin(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => void (this.fault ??= { error }))
      .finally(() => {
        this.busy.delete(done);
        this.wake();
      });
    this.busy.add(done);
  }

  private async attempt(taken: readonly Waiting[], signal: AbortSignal): Promise<void> {
    const { clock, metrics, view } = this.deps;
    const events = taken.map((one) => eventOf(view(one.signal)));
    const outcome = await send(this.subscription, events, this.deps);
    if (outcome.isSent) metrics.sent(this.name, taken.length);
    else metrics.failed(this.name, outcome.failure);
    this.tell(outcome);
    await this.bury(this.window.settle(taken, outcome, clock.nowMs()), signal);
  }

  /** Not before they are in the lake are they done. Told to stop meanwhile, they are tried again after the next start. */
  private async bury(given: readonly GivenUp[], signal: AbortSignal): Promise<void> {
    const { clock, letters, metrics, view } = this.deps;
    if (given.length === 0) return;
    const dead = given.map(({ one: { signal: about, attempts, failure, status }, reason }) => ({
      ...{ subscription: this.name, reason, givenUpMs: clock.nowMs(), attempts, failure, status },
      event: eventOf(view(about)),
    }));
    while (!(await this.wait.attempt(() => letters.put(dead).then(() => true)))) {
      if (signal.aborted) return;
      await clock.sleep(LAKE_RETRY_MS, signal);
    }
    this.window.drop(given.map(({ one }) => one));
    for (const { reason } of dead) metrics.died(this.name, reason);
  }

  private async fillOrWaitForLake(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.window.size < WAITING_MAX) {
      const rows = await this.wait.attempt(() => this.nextRows());
      if (!rows) return;
      for (const one of rows) if (this.wants(one.signal)) this.window.add(one);
    }
  }

  private async nextRows(): Promise<readonly LoggedSignal[] | null> {
    try {
      return await this.signals.next();
    } catch (error) {
      if (!(error instanceof GondolaError) || error.code !== 'position_gap') throw error;
      const [from, end] = [this.signals.place.version, await this.deps.table.end()];
      this.signals.skipTo(end);
      this.deps.log.error(
        { subscription: this.name, fromVersion: from, toVersion: end.version },
        'the log of the signals table was cleaned beyond what was sent: signals between the two versions are not sent',
      );
      return [];
    }
  }

  /** What changed, not each attempt. */
  private tell(outcome: PostOutcome): void {
    const { log } = this.deps;
    const isAway = !outcome.isSent;
    if (isAway === this.isReceiverAway) return;
    this.isReceiverAway = isAway;
    if (outcome.isSent) log.info({ subscription: this.name }, 'the receiver takes signals again');
    else
      log.warn(
        { subscription: this.name, failure: outcome.failure, status: outcome.status },
        'the receiver did not take a signal; trying again up to the limits of the subscription',
      );
  }
}
