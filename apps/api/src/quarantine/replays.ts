import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { replay, type QuarantineFilter, type ReplayResult } from '@gondola/quarantine';
import { GondolaError, type Service, type ServiceHealth } from '@gondola/stream';
import type { QuarantineAccess, ReplayAccess } from './access.js';

export interface ReplayChoice {
  readonly filter: QuarantineFilter;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** A replay as clients see it. `stopped`: the process ends; what was done is done, and the same request goes on. */
export interface ReplayView {
  readonly id: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Judged so far. */
  readonly records: number;
  readonly result: ReplayResult | null;
  /** Why it failed. What was done before is done. */
  readonly error: { readonly code: string; readonly detail: string } | null;
}

const REPLAYS_KEPT = 20;

/** Replays of this process, one at a time: two would only make each other look again. The last ones are remembered. */
export class QuarantineReplays implements Service {
  readonly name = 'api-replays';
  private readonly stopping = new AbortController();
  private readonly views: ReplayView[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly access: Pick<QuarantineAccess, 'deps' | 'replays'>) {}

  /** The newest first. */
  list(): readonly ReplayView[] {
    return this.views;
  }

  /** Null when one is running, or the process ends. */
  start(replays: ReplayAccess, choice: ReplayChoice): ReplayView | null {
    if (this.running || this.stopping.signal.aborted) return null;
    const view: ReplayView = {
      ...{ id: randomUUID(), state: 'running', dryRun: choice.dryRun, startedAt: this.now(), endedAt: null },
      ...{ records: 0, result: null, error: null },
    };
    this.views.unshift(view);
    this.views.splice(REPLAYS_KEPT);
    this.running = this.replay(replays, choice, view.id).finally(() => (this.running = null));
    return view;
  }

  private async replay(replays: ReplayAccess, choice: ReplayChoice, id: string): Promise<void> {
    const { deps } = this.access;
    const { signal } = this.stopping;
    try {
      await using opened = await replays.open(choice);
      const options = { ...choice, stream: replays.stream };
      const onProgress = (records: number) => this.change(id, { records });
      const result = await replay(deps, opened.judge, options, { signal, onProgress });
      const state = signal.aborted ? 'stopped' : 'done';
      this.change(id, { state, records: result.records, result, endedAt: this.now() });
    } catch (error) {
      const known = error instanceof GondolaError ? error : null;
      deps.log.warn({ err: error, replay: id }, 'a replay of quarantine failed');
      const detail = known?.message ?? 'see the log of this process';
      this.change(id, {
        ...{ state: 'failed', endedAt: this.now(), error: { code: known?.code ?? 'internal', detail } },
      });
    }
  }

  private change(id: string, news: Partial<ReplayView>): void {
    const at = this.views.findIndex((view) => view.id === id);
    if (at >= 0) this.views[at] = { ...this.views[at], ...news };
  }

  private now(): string {
    return new Date(this.access.deps.clock.nowMs()).toISOString();
  }

  async run(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await once(signal, 'abort');
    this.stopping.abort();
    await this.running;
  }

  health(): ServiceHealth {
    return { state: 'healthy', detail: '', sinceMs: 0 };
  }
}
