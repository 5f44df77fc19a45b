import type { Model } from '@gondola/detect';
import { GondolaError, type Clock, type Log, type Service } from '@gondola/stream';
import type { ModelDecision, ModelRegistry } from './model-registry.js';
import type { Outcomes } from './outcomes.js';

/** Who scores now. Another object as soon as one of the two is another model. */
export interface Rivals {
  /** Speaks: signals are its own. */
  readonly champion: Model;
  /** Scores the same events and says nothing; null: nobody. */
  readonly challenger: Model | null;
}

export interface ModelSourceDeps {
  readonly registry: ModelRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Champion while the newest decision of the registry names none. */
  readonly shipped: Model;
  /** Told after each look whether the registry names a model that cannot be used. */
  readonly onRefused: (isRefused: boolean) => void;
  /** Told of the models that score, at the start and after each change. */
  readonly onChanged: (rivals: Rivals) => void;
  readonly outcomes: Outcomes;
}

/**
 * The models that the registry of the lake names, looked up every `pollMs`. A model that cannot be used (another version's,
 * cut off, gone) is said once and leaves what scores now; so does a lake that cannot be reached.
 */
export class ModelSource {
  private rivals: Rivals;
  private decisions: ModelDecision[] = [];
  /** Hash of the refused model that was last complained of. */
  private refused: string | null = null;

  constructor(private readonly deps: ModelSourceDeps) {
    this.rivals = { champion: deps.shipped, challenger: null };
    deps.onChanged(this.rivals);
  }

  current(): Rivals {
    return this.rivals;
  }

  /** The model that a state was kept with, null when it cannot be had any more. */
  async known(hash: string): Promise<Model | null> {
    const { champion, challenger } = this.rivals;
    for (const model of [champion, challenger, this.deps.shipped]) if (model?.hash === hash) return model;
    try {
      return await this.deps.registry.load(hash);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return null;
    }
  }

  /** Looks once. Throws when the lake cannot be reached. */
  async refresh(): Promise<void> {
    const { registry } = this.deps;
    const first = this.decisions.length === 0;
    this.decisions.push(...(await registry.decisions(this.decisions.at(-1)?.number ?? 0)));
    const now = this.decisions.at(-1);
    if (!now) {
      this.deps.onRefused(false);
      return;
    }
    const refusedBefore = this.refused;
    this.refused = null;
    const champion =
      now.champion === null
        ? this.deps.shipped
        : ((await this.modelOf(now.champion, refusedBefore)) ??
          (first ? await this.lastGood() : this.rivals.champion));
    const challenger = await this.modelOf(now.challenger, refusedBefore);
    this.deps.onRefused(this.refused !== null);
    if (champion.hash === this.rivals.champion.hash && challenger?.hash === this.rivals.challenger?.hash)
      return;
    this.rivals = { champion, challenger };
    this.deps.onChanged(this.rivals);
    const names = { champion: nameOf(champion), challenger: challenger && nameOf(challenger) };
    this.deps.log.info(names, 'models changed');
  }

  /** Runs a service with the models followed: they are looked up before it begins, with `once` no second time. */
  around(service: Service, { pollMs, once }: { pollMs: number; once: boolean }): Service {
    return {
      name: service.name,
      health: () => service.health(),
      run: async (signal) => {
        await this.begin(signal, { pollMs, once });
        const stop = new AbortController();
        const until = AbortSignal.any([signal, stop.signal]);
        const following = this.follow(pollMs, until);
        following.catch(() => stop.abort());
        try {
          await service.run(until);
        } finally {
          stop.abort();
          await following;
          await this.deps.outcomes.write({ all: true });
        }
      },
    };
  }

  /** Waits for a lake that is away, as the service itself would. */
  private async begin(
    signal: AbortSignal,
    { pollMs, once }: { pollMs: number; once: boolean },
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        return await this.refresh();
      } catch (error) {
        if (once || !(error instanceof GondolaError) || !error.canRetry) throw error;
        this.deps.log.warn({ code: error.code, reason: error.message }, UNREACHED);
        await this.deps.clock.sleep(pollMs, signal);
      }
    }
  }

  private async follow(pollMs: number, until: AbortSignal): Promise<void> {
    const { clock, log, outcomes } = this.deps;
    while (!until.aborted) {
      await clock.sleep(pollMs, until);
      try {
        if (!until.aborted) await this.refresh();
        await outcomes.write();
      } catch (error) {
        if (!(error instanceof GondolaError)) throw error;
        // What scores now goes on; the next look may find the lake again.
        log.warn({ code: error.code, reason: error.message }, UNREACHED);
      }
    }
  }

  /** Null when none is named or it cannot be used: then that is said, once. */
  private async modelOf(hash: string | null, refusedBefore: string | null): Promise<Model | null> {
    if (hash === null) return null;
    const { champion, challenger, shipped } = { ...this.rivals, shipped: this.deps.shipped };
    for (const model of [champion, challenger, shipped]) if (model?.hash === hash) return model;
    try {
      return await this.deps.registry.load(hash);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.refused = hash;
      if (refusedBefore !== hash)
        this.deps.log.error(
          { model: hash, code: error.code, reason: error.message, runs: nameOf(champion) },
          'a model was refused, the last good one goes on: promote another or roll back',
        );
      return null;
    }
  }

  /** After a start: the newest champion before the refused one that can be used, else the shipped model. */
  private async lastGood(): Promise<Model> {
    for (const { champion } of this.decisions.toReversed()) {
      if (champion === null || champion === this.refused) continue;
      const model = await this.known(champion);
      if (model) return model;
    }
    return this.deps.shipped;
  }
}

const UNREACHED = 'models cannot be looked up in the lake';

const isRefusal = (error: unknown): error is GondolaError =>
  error instanceof GondolaError && error.code === 'model_invalid';

const nameOf = ({ version, hash }: Model) => `${version} ${hash.slice(0, 12)}`;
