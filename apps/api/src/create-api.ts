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
  createStoreCounts,
  type MetricsRegistry,
} from '@gondola/telemetry';
import type { DynamicModule } from '@nestjs/common';
import type { ApiConfig } from './api.config.js';
import { createAccess, type Access } from './access/create-access.js';
import type { FileToken } from './access/keyed-callers.js';
import { apiModule, type ApiParts, type LoopParts, type WatchParts } from './api.module.js';
import { readBoardFiles, type BoardOptions } from './board.controller.js';
import { CatalogNames } from './lake/catalog-names.js';
import { createExplainAccess, type ExplainSources } from './explain/open-explainer.js';
import { IncidentStore } from './incidents/incident-store.js';
import { createBooksInProcess } from './insights/books-in-process.js';
import { BooksWorker } from './insights/worker/books-worker.js';
import { LakeFeed } from './lake/lake-feed.js';
import { lakeTails } from './lake/lake-tails.js';
import { refuseUntilRead } from './lake/until-read.js';
import { LineageReader } from './lineage/lineage-reader.js';
import { DrawnShelves } from './loop/drawn-shelves.js';
import { RunningNumbers } from './loop/running-numbers.js';
import { createTakenOf } from './loop/takings.js';
import { VerdictStore } from './loop/verdict-store.js';
import type { VerdictWriter } from './loop/verdicts.controller.js';
import { LAKE_PATHS } from './openapi/routes.js';
import { lagOf } from './pipeline/lag.js';
import { QuietHours } from './pipeline/quiet-hours.js';
import { SourceWatch } from './pipeline/source-watch.js';
import { translateProblem } from './problem-words.js';
import { QualityStore } from './quality/quality-store.js';
import type { QuarantineAccess } from './quarantine/access.js';
import { QuarantineReplays } from './quarantine/replays.js';
import type { SchemaLookup } from './registry/registry.controller.js';
import { SignalStore } from './signals/signal-store.js';
import { AnswerCache } from './signals/answer-cache.js';
import { SignalStream } from './signals/signal-stream.js';
import { StoreSights } from './shelves/store-sights.js';
import { OpenNow } from './shelves/open-now.js';
import { createSignalView, tallyOf, type SignalView } from './shelves/views.js';
import { createWebhooks, type WebhookAccess } from './webhooks/create-webhooks.js';

export interface ApiDeps {
  readonly config: ApiConfig;
  /** The lake: the folder or bucket that holds `<environment>/signals`. */
  readonly lake: ObjectStore;
  /** What "now" is for the people who look at the board: simulated in a demo. */
  readonly clock: Clock;
  /**
   * File of the worker thread that keeps the books of `/insights`; it opens `config.lake` by itself. Left out: they are kept on this
   * thread, from `lake`.
   */
  readonly booksWorker?: URL;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly demo: boolean;
  /** null: no registry behind `/subjects` and `/schemas`. */
  readonly schemas: SchemaLookup | null;
  /** null: nothing behind `/quarantine`. */
  readonly quarantine: QuarantineAccess | null;
  /** Left out: `POST /verdicts` takes none. */
  readonly verdicts?: VerdictWriter | null;
  /** Left out: explanations quote no runbook, and no model puts them in other words. */
  readonly explain?: ExplainSources;
  /** What webhooks need beside their configuration; left out: there may be no subscriptions. */
  readonly webhooks?: WebhookAccess;
  /** Event time up to which detection has looked at every store; where detection runs in this process. */
  readonly checkedUntilMs?: () => number | null;
  /** Where somebody traces. */
  readonly tracer?: Tracer | null;
  readonly logLevels?: LogLevels;
  /** Where it is told who did what; left out: `log`. */
  readonly auditLog?: Log;
  /** What cookies of sessions are signed with; left out: something that this process alone knows. */
  readonly sessionSecret?: string | null;
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

const MINUTE_MS = 60_000;

/** The api, wired: `gondola api` starts it alone, `gondola up` with the pipelines of the same process. */
export function createApi(deps: ApiDeps): Api {
  const { config, lake, clock, log, metrics } = deps;
  const store = new SignalStore(config.signalsKept);
  const openNow = new OpenNow(store);
  const names = new CatalogNames(config.namesKept, config.placesKept);
  const quality = new QualityStore(config.qualityHoursKept);
  const loop = loopOf(deps, store);
  const incidents = new IncidentStore();
  const view = createSignalView({
    ...{ names, verdicts: loop.verdicts, incidentOf: incidents.incidentOf },
    takenOf: createTakenOf(store, loop.verdicts, clock),
  });
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
    ...lakeTails(lake, config),
    ...{ store, names, qualityStore: quality, verdictStore: loop.verdicts, incidentStore: incidents },
    ...{ clock, sleep: systemClock.sleep, pollMs: config.pollMs, log },
    onArrival: ({ kind }) => signalMetrics.arrived(kind),
  });
  const insights = insightsOf(deps);
  const replays = deps.quarantine && new QuarantineReplays(deps.quarantine);
  const access = accessOf(deps, apiMetrics.refused);
  const module = apiModule({
    sessions: access.sessions,
    ...{ store, openNow, names, quality, incidents, view, stream, schemas: deps.schemas },
    answers: new AnswerCache(() => {
      const versions = [store.lastSequence, names.version, incidents.version, loop.verdicts.version];
      // Who is on the way is so for a time.
      return [...versions, Math.floor(clock.nowMs() / MINUTE_MS)].join();
    }),
    ...{ loop, insights: insights.answers, lineage: lineageOf(deps) },
    explain: explainOf(deps, access, { signals: store, openNow, names, quality, incidents, view, loop }),
    watch: watchOf(deps, new StoreSights(names, incidents, store), quality),
    quarantine: deps.quarantine && replays ? { access: deps.quarantine, replays } : null,
    board: boardOf(deps, feed),
  });
  const start: Api['start'] = (signal, services = [], modules = []) =>
    startHttpApp({
      ...config.http,
      modules: [module, ...modules],
      services: [
        ...[feed, insights.service, ...access.services, ...webhooks],
        ...(replays ? [replays] : []),
        ...services,
      ],
      ...{
        gate: access.gate,
        beforeRoute: refuseUntilRead(feed, LAKE_PATHS),
        limits: config.limits,
        proxies: config.access.proxies,
      },
      ...{ metrics, log, signal, tracer: deps.tracer, logLevels: deps.logLevels },
      translate: translateProblem,
      hasTags: true,
      onAnswer(method, route, status, durationMs) {
        if (route !== '/signals/stream') apiMetrics.answered(method, route, status, durationMs);
      },
    });
  return { module, feed, start };
}

const boardOf = ({ config, demo, clock, checkedUntilMs }: ApiDeps, feed: Service): BoardOptions => ({
  environment: config.environment,
  demo,
  files: readBoardFiles(),
  clock,
  feed,
  checkedUntilMs: checkedUntilMs ?? (() => null),
});

/** Keys and sessions end by the clock of the world, also where shops live faster. */
function accessOf(
  { config, log, auditLog = log, sessionSecret = null, verdicts, quarantine }: ApiDeps,
  onRefused: (reason: string) => void,
): Access {
  const tokens: readonly (Omit<FileToken, 'token'> & { readonly token: string | null | undefined })[] = [
    { field: 'verdicts.tokenFile', scope: 'verdict', token: verdicts?.token },
    { field: 'quarantine.tokenFile', scope: 'quarantine', token: quarantine?.replays?.token },
  ];
  const fileTokens = tokens.flatMap(({ token, ...rest }) => (token ? [{ ...rest, token }] : []));
  const { environment } = config;
  return createAccess(config.access, {
    ...{ environment, clock: systemClock, log, auditLog, sessionSecret, fileTokens, onRefused },
  });
}

function explainOf(
  { config, clock, log, schemas, quarantine, explain }: ApiDeps,
  { gate }: Access,
  {
    loop,
    ...rows
  }: Pick<ApiParts, 'openNow' | 'names' | 'quality' | 'incidents' | 'view' | 'loop'> & {
    readonly signals: SignalStore;
  },
) {
  const sources = explain ?? { runbooks: null, model: null };
  return createExplainAccess({
    ...{
      ...rows,
      numbers: loop.numbers,
      clock,
      log,
      schemas,
      quarantine,
      config: config.explain,
      ...sources,
    },
    mayReadQuarantine: (request) => gate.may(request, 'quarantine'),
  });
}

const watchOf = (
  { config, lake, metrics }: ApiDeps,
  sights: StoreSights,
  quality: QualityStore,
): WatchParts => ({
  sights,
  quiet: new QuietHours(sights, quality),
  sources: new SourceWatch(lake, config.environment, systemClock),
  lag: () => lagOf(metrics),
});

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

function insightsOf({ config, lake, clock, log, metrics, booksWorker: file }: ApiDeps) {
  const { environment, checks, kpis, insights } = config;
  const settings = { environment, ...insights, rangeDays: checks.rangeDays, judgements: {} };
  const options = { checkShare: checks.share, ...kpis };
  if (!file)
    return createBooksInProcess({ ...settings, lake, clock, sleep: systemClock.sleep, log }, options);
  const books = new BooksWorker({
    ...{ file, settings: { ...settings, options, lake: config.lake } },
    ...{ clock: systemClock, log, counts: createStoreCounts(metrics) },
  });
  return { service: books, answers: books };
}

function lineageOf({ config, lake, schemas }: ApiDeps) {
  const contracts = () => schemas?.contracts() ?? [];
  return { reader: new LineageReader(lake, config.environment, contracts), contracts };
}
