import type { GateRequest, RouteScope } from '@gondola/nest';
import type { Clock, Log, Service, ServiceHealth } from '@gondola/stream';
import type { RefusalReason } from './refusal.js';

/** Refusals are told together: who knocks a thousand times a second must not fill the log. */
const TELL_MS = 60_000;
/** Callers and reasons that are told apart in that time. */
const COUNTED_MAX = 100;
const PATH_CHARACTERS_MAX = 256;

export interface AuditDeps {
  readonly clock: Clock;
  /** Lines of JSON, whatever level the process logs at. */
  readonly log: Log;
  readonly onRefused: (reason: RefusalReason) => void;
}

export interface Act {
  /** Id of the caller: never a key. */
  readonly who: string;
  readonly scope: RouteScope;
  readonly request: GateRequest;
  readonly status: number;
}

/** Who did what, when and with what answer: verdicts, quarantine, what administrators do, sessions. Of refusals how many. */
export class Audit implements Service {
  readonly name = 'api-audit';
  private readonly refusals = new Map<string, number>();
  private readonly sinceMs: number;

  constructor(private readonly deps: AuditDeps) {
    this.sinceMs = deps.clock.nowMs();
  }

  health(): ServiceHealth {
    return { state: 'healthy', detail: '', sinceMs: this.sinceMs };
  }

  /** Looking up signals is no act; whatever changes something is. */
  acted({ who, scope, request, status }: Act): void {
    const { method, url, routeOptions } = request;
    const path = url.split('?', 1)[0].slice(0, PATH_CHARACTERS_MAX);
    const act = { who, did: `${method} ${routeOptions.url ?? 'unmatched'}`, path, scope, status };
    this.deps.log.info({ audit: act }, 'acted');
  }

  /** `who`: when it was known. */
  refused(reason: RefusalReason, who: string | null): void {
    this.deps.onRefused(reason);
    const named = who === null ? reason : `${reason} ${who}`;
    const name = this.refusals.has(named) || this.refusals.size < COUNTED_MAX ? named : reason;
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.deps.clock.sleep(TELL_MS, signal);
      this.tell();
    }
  }

  private tell(): void {
    if (this.refusals.size === 0) return;
    this.deps.log.info(
      { audit: { refused: Object.fromEntries(this.refusals) } },
      'refused since the last line',
    );
    this.refusals.clear();
  }
}
