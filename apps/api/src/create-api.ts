import { startHttpApp, type HttpApp, type LogLevels } from '@gondola/nest';
import {
  systemClock,
  type Clock,
  type Log,
  type ObjectStore,
  type Service,
  type Tracer,
} from '@gondola/stream';
import {
  createApiMetrics,
  createIncidentMetrics,
  createPrecisionMetric,
  createSignalMetrics,
  type MetricsRegistry,
} from '@gondola/telemetry';
import {
  incidentOfRow,
  qualityOfRow,
  signalOfRow,
  sumCounts,
  verdictOfRow,
  type Incident,
  type QualityCount,
  type ShelfVerdict,
  type Signal,
} from '@gondola/events';
import type { DynamicModule } from '@nestjs/common';
import type { ApiConfig } from './api.config.js';
import { apiModule, type LoopParts } from './api.module.js';
import { readBoardFiles } from './board.controller.js';
import { CatalogNames } from './catalog-names.js';
import { distinctSources, IncidentStore, sourceOfRow, type SourceOfStore } from './incident-store.js';
import { LakeFeed } from './lake-feed.js';
import { DrawnShelves } from './loop/drawn-shelves.js';
import { RunningNumbers } from './loop/running-numbers.js';
import { VerdictStore } from './loop/verdict-store.js';
import type { VerdictWriter } from './loop/verdicts.controller.js';
import { translateProblem } from './problem-words.js';
import { QualityStore } from './quality-store.js';
import type { QuarantineAccess } from './quarantine/access.js';
import { QuarantineReplays } from './quarantine/replays.js';
import type { SchemaLookup } from './registry.controller.js';
import { SignalStore } from './signal-store.js';
import { SignalStream } from './signal-stream.js';
import { TableTail, type TableRow } from './table-tail.js';
import { createSignalView, tallyOf, type SignalView } from './views.js';
import { createWebhooks, type WebhookAccess } from './webhooks/create-webhooks.js';

export interface ApiDeps {
  readonly config: ApiConfig;
  /** The lake: the folder or bucket that holds `<environment>/signals`. */
  readonly lake: ObjectStore;
  /** What "now" is for the people who look at the board: simulated in a demo. */
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly demo: boolean;
  /** null: no registry behind `/subjects` and `/schemas`. */
  readonly schemas: SchemaLookup | null;
  /** null: nothing behind `/quarantine`. */
  readonly quarantine: QuarantineAccess | null;
  /** Left out: `POST /verdicts` takes none. */
  readonly verdicts?: VerdictWriter | null;
  /** What webhooks need beside their configuration; left out: there may be no subscriptions. */
  readonly webhooks?: WebhookAccess;
  /** Event time up to which detection has looked at every store; where detection runs in this process. */
  readonly checkedUntilMs?: () => number | null;
  /** Where somebody traces. */
  readonly tracer?: Tracer | null;
  readonly logLevels?: LogLevels;
}

export interface Api {
  readonly module: DynamicModule;
  /** Reads the lake; the api knows nothing before it runs. */
  readonly feed: Service;
  /** Answers requests, also of `modules`, runs the feed and `services` until `signal`. Errors: `port_in_use`. */
  start(
    signal: AbortSignal,
    services?: readonly Service[],
    modules?: readonly DynamicModule[],
  ): Promise<HttpApp>;
}

/** The api, wired: `gondola api` starts it alone, `gondola up` with the pipelines of the same process. */
export function createApi(deps: ApiDeps): Api {
  const { config, lake, clock, log, metrics } = deps;
  const store = new SignalStore(config.signalsKept);
  const names = new CatalogNames(config.namesKept);
  const quality = new QualityStore(config.qualityHoursKept);
  const loop = loopOf(deps, store);
  const incidents = new IncidentStore();
  const view = createSignalView(names, loop.verdicts, incidents.incidentOf);
  const apiMetrics = createApiMetrics(metrics);
  createIncidentMetrics(metrics, () => incidents.openByKind());
  const signalMetrics = createSignalMetrics(metrics, () => tallyOf(store.open()).open);
  createPrecisionMetric(metrics, () => loop.numbers.precisionByKind());
  const stream = new SignalStream(config.stream, {
    store,
    view,
    onOpened: apiMetrics.streamOpened,
    onClosed: apiMetrics.streamClosed,
  });
  const webhooks = webhooksOf(deps, view, store);
  const feed = new LakeFeed({
    ...tails(lake, config),
    store,
    names,
    qualityStore: quality,
    verdictStore: loop.verdicts,
    incidentStore: incidents,
    clock,
    sleep: systemClock.sleep,
    pollMs: config.pollMs,
    log,
    onArrival: ({ kind }) => signalMetrics.arrived(kind),
  });
  const replays = deps.quarantine && new QuarantineReplays(deps.quarantine);
  const module = apiModule({
    store,
    names,
    quality,
    incidents,
    view,
    stream,
    schemas: deps.schemas,
    loop,
    quarantine: deps.quarantine && replays ? { access: deps.quarantine, replays } : null,
    board: {
      environment: config.environment,
      demo: deps.demo,
      files: readBoardFiles(),
      clock,
      feed,
      checkedUntilMs: deps.checkedUntilMs ?? (() => null),
    },
  });
  const start: Api['start'] = (signal, services = [], modules = []) =>
    startHttpApp({
      ...config.http,
      modules: [module, ...modules],
      services: [feed, ...(replays ? [replays] : []), ...webhooks, ...services],
      metrics,
      log,
      signal,
      tracer: deps.tracer,
      logLevels: deps.logLevels,
      translate: translateProblem,
      hasTags: true,
      onAnswer(method, route, status, durationMs) {
        if (route !== '/signals/stream') apiMetrics.answered(method, route, status, durationMs);
      },
    });
  return { module, feed, start };
}

/** None where nobody subscribed. */
function webhooksOf(
  { config, webhooks: access, ...deps }: ApiDeps,
  view: SignalView,
  store: SignalStore,
): readonly Service[] {
  const { webhooks, environment } = config;
  const service = createWebhooks({ ...deps, config: webhooks, environment, access, view });
  if (!service) return [];
  store.onAdded(() => service.wake());
  return [service];
}

function loopOf({ config, lake, clock, verdicts: writer = null }: ApiDeps, store: SignalStore): LoopParts {
  const { environment, checks, kpis } = config;
  const { rangeDays, ...lottery } = checks;
  const verdicts = new VerdictStore(config.verdicts.kept);
  const numbers = new RunningNumbers(store, verdicts, { checkShare: lottery.share, ...kpis });
  return {
    ...{ access: { writer, clock }, verdicts, numbers },
    drawn: new DrawnShelves(lake, environment, { lottery, rangeDays }),
  };
}

function tails(lake: ObjectStore, { environment, historyDays }: ApiConfig) {
  const catalog = (subject: string) =>
    new TableTail<TableRow>(
      lake,
      { table: `${environment}/silver/${subject}`, historyDays: Infinity },
      (row) => row,
    );
  return {
    signals: new TableTail<Signal>(lake, { table: `${environment}/signals`, historyDays }, signalOfRow),
    quality: createQualityTail(lake, environment),
    verdicts: new TableTail<ShelfVerdict>(
      lake,
      { table: `${environment}/silver/retail.stockout.verdict`, historyDays },
      verdictOfRow,
    ),
    incidents: new TableTail<Incident>(
      lake,
      { table: `${environment}/incidents`, historyDays },
      incidentOfRow,
    ),
    orders: new TableTail<SourceOfStore | null>(
      lake,
      {
        ...{ table: `${environment}/silver/retail.replenishment.order`, historyDays },
        fold: distinctSources,
      },
      sourceOfRow,
    ),
    items: catalog('retail.catalog.item'),
    stores: catalog('retail.catalog.store'),
  };
}

/** What is usual for an hour is told from the weeks before it. */
const QUALITY_DAYS = 70;

export const createQualityTail = (
  lake: ObjectStore,
  environment: string,
  historyDays = QUALITY_DAYS,
): TableTail<QualityCount> =>
  new TableTail(lake, { table: `${environment}/quality`, historyDays, fold: sumCounts }, qualityOfRow);
