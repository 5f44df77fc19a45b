import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import etag from '@fastify/etag';
import {
  GondolaError,
  inTrace,
  SetupError,
  systemClock,
  type Log,
  type Service,
  type Tracer,
} from '@gondola/stream';
import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CatchAllFilter, PROBLEM_TYPE, problemOf, type Translate } from './catch-all.filter.js';
import type { Gate, GateRequest } from './gate.js';
import { isByTls, type HttpReply } from './http-types.js';
import { LOG_LEVELS_NOW, LogLevelController, type LogLevels } from './log-level.controller.js';
import { METRICS_TEXT, OperationsController, READINESS, type MetricsText } from './operations.controller.js';
import { PipelineServer } from './pipeline-server.js';
import { readinessOf } from './readiness.js';
import { refuseUnread } from './refuse-unread.js';
import { RequestSpans } from './request-spans.js';

/** Nobody outside this machine sees the server unless the configuration says so. */
const HOST_DEFAULT = '127.0.0.1';
/** Of the whole request: who sends a byte a second must not hold a connection for ever. */
const REQUEST_MS_MAX = 60_000;
const HEADERS_MS_MAX = 20_000;
const HEADER_BYTES_MAX = 16_384;
/** How often connections are looked at for requests that do not come. */
const LOOK_MS_MAX = 5_000;
const URL_PARAMETER_CHARACTERS_MAX = 512;

/** Nothing from elsewhere, no inline code: item names in signals are written by strangers. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
/** For who comes by TLS, which ends before us: a year. */
const TLS_ONLY = 'max-age=31536000; includeSubDomains';

export interface HttpAppOptions {
  readonly modules: readonly DynamicModule[];
  /** Each runs as a microservice of the app; all of them decide readiness. */
  readonly services: readonly Service[];
  readonly host?: string;
  /** 0: any free port, see `url` of what is returned. */
  readonly port: number;
  /** How long a service may be cut off before the process is not ready. */
  readonly unreadyMs: number;
  /** How long the services may take to publish what they have. */
  readonly drainMs: number;
  readonly metrics: MetricsText;
  readonly log: Log;
  /** Aborted: stop answering, let the services publish what they have, resolve `stopped`. */
  readonly signal: AbortSignal;
  /** Makes a span of each request but those of operations; left out or null: none. */
  readonly tracer?: Tracer | null;
  /** Whose levels may be changed while they run; left out: nobody's. */
  readonly logLevels?: LogLevels;
  /** Who comes in; left out: everybody. */
  readonly gate?: Gate;
  /** Of each request that was let in; throws what is answered where its route has nothing to answer from yet. */
  readonly beforeRoute?: (request: GateRequest) => void;
  readonly limits?: RequestLimits;
  /** Addresses and ranges whose `x-forwarded-for` says who asks; left out: nobody's. */
  readonly proxies?: readonly string[];
  /** Answers carry a tag of their content, and who has that content already is answered 304. Left out: they do not. */
  readonly hasTags?: boolean;
  /** Of titles and details of refusals; left out: they are English. */
  readonly translate?: Translate;
  /** Whoever is on this machine may change them; left out: nobody may. */
  readonly localLogLevels?: boolean;
  /** After each answer; `route` is the pattern, `unmatched` when there is none. */
  readonly onAnswer?: (method: string, route: string, status: number, durationMs: number) => void;
}

export interface RequestLimits {
  /** Within which a request has to come whole. */
  readonly requestMs?: number;
  /** Of all headers together. */
  readonly headerBytesMax?: number;
}

export interface HttpApp {
  readonly url: string;
  /**
   * Resolves when everything is shut down after `signal`; rejects with a service's failure, also then shut down, and with
   * `drain_timeout` when that takes too long: then something is still running and the process has to be ended.
   */
  readonly stopped: Promise<void>;
}

@Module({})
class RootModule {}

/**
 * One process: an HTTP server and its services. Resolves when the port answers and the services were started (they
 * may still be joining their streams: that is what `/health/ready` tells).
 * Errors: `port_in_use`.
 */
export async function startHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const { services, log, port, host = HOST_DEFAULT, drainMs, signal } = options;
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(options), httpAdapter(options), {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new CatchAllFilter(log, options.translate));
  leaveBodies(app);
  if (options.hasTags) await app.register(etag);
  addHooks(app, options);

  const failures: unknown[] = [];
  const stop = Promise.withResolvers<void>();
  const onFailure = (error: unknown) => {
    failures.push(error);
    stop.resolve();
  };
  for (const service of services)
    app.connectMicroservice({ strategy: new PipelineServer(service, onFailure) }, { inheritAppConfig: true });

  await listen(app, host, port);
  await app.startAllMicroservices();
  if (signal.aborted) stop.resolve();
  else signal.addEventListener('abort', () => stop.resolve(), { once: true });

  const stopped = stop.promise.then(async () => {
    await within(drainMs, app.close());
    if (failures.length > 0) throw failures[0];
  });
  return { url: urlOf(app, host), stopped };
}

async function within(drainMs: number, closing: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = systemClock.sleep(drainMs, over.signal).then(() => {
    if (over.signal.aborted) return;
    throw new GondolaError(
      'drain_timeout',
      `stopped after ${drainMs} ms (http.drainMs) without the last commit: what it held is read again by the next start`,
      false,
    );
  });
  await Promise.race([closing, late]).finally(() => over.abort());
}

function rootModule(options: HttpAppOptions): DynamicModule {
  const { modules, services, metrics, unreadyMs, logLevels = null, localLogLevels = false } = options;
  return {
    module: RootModule,
    imports: [...modules],
    controllers: [OperationsController, LogLevelController],
    providers: [
      { provide: READINESS, useValue: readinessOf(services, systemClock, unreadyMs) },
      { provide: METRICS_TEXT, useValue: metrics },
      { provide: LOG_LEVELS_NOW, useValue: localLogLevels ? logLevels : null },
    ],
  };
}

function httpAdapter({ limits = {}, proxies = [] }: HttpAppOptions): FastifyAdapter {
  const { requestMs = REQUEST_MS_MAX, headerBytesMax = HEADER_BYTES_MAX } = limits;
  return new FastifyAdapter({
    requestTimeout: requestMs,
    http: {
      maxHeaderSize: headerBytesMax,
      headersTimeout: Math.min(HEADERS_MS_MAX, requestMs),
      connectionsCheckingInterval: Math.min(LOOK_MS_MAX, requestMs),
    },
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    clientErrorHandler: refuseUnread,
    routerOptions: { maxParamLength: URL_PARAMETER_CHARACTERS_MAX },
    // A client that reads slowly must not hold up a shutdown.
    forceCloseConnections: true,
    // A URL that cannot be decoded never reaches Nest, hence neither the filter nor the hooks.
    frameworkErrors(error: Error, _request: unknown, { raw }: Pick<HttpReply, 'raw'>) {
      const problem = problemOf(error);
      raw.writeHead(problem.status, { ...SECURITY_HEADERS, 'content-type': PROBLEM_TYPE });
      raw.end(JSON.stringify(problem));
    },
  });
}

/** Whoever takes a body reads it from `raw` by limits of its own; nobody else's is read. */
function leaveBodies(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
}

function addHooks(
  app: NestFastifyApplication,
  { onAnswer, tracer, gate, beforeRoute }: HttpAppOptions,
): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    if (isByTls(request)) reply.header('strict-transport-security', TLS_ONLY);
    done();
  });
  const spans = tracer ? new RequestSpans(tracer) : null;
  if (spans)
    server.addHook('onRequest', (request, _reply, done) =>
      inTrace(spans.begin(request, routeOf(request)), done),
    );
  if (gate) {
    server.addHook('onRequest', async (request, reply) => {
      await gate.admit(request, reply);
      return reply.sent ? reply : undefined;
    });
    server.addHook('onResponse', (request, { statusCode }, done) => {
      gate.answered(request, statusCode);
      done();
    });
  }
  if (beforeRoute) server.addHook('onRequest', async (request) => beforeRoute(request));
  if (!onAnswer && !spans) return;
  server.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply;
    const trace = spans?.end(request, statusCode) ?? null;
    inTrace(trace, () => onAnswer?.(request.method, routeOf(request), statusCode, elapsedTime));
    done();
  });
}

const routeOf = (request: { readonly routeOptions: { readonly url?: string | undefined } }): string =>
  request.routeOptions.url ?? 'unmatched';

async function listen(app: NestFastifyApplication, host: string, port: number): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SetupError(
      'port_in_use',
      `Port ${port} on ${host} is used by another process. Stop that process, or set http.port to a free port.`,
      { cause: error },
    );
  }
}

function urlOf(app: NestFastifyApplication, host: string): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Nest tells of every route it maps: only what is wrong goes on. */
function nestLogger(log: Log): LoggerService {
  return {
    log() {},
    warn: (message: unknown) => log.warn({ from: 'nest' }, String(message)),
    error: (message: unknown) => log.error({ from: 'nest' }, String(message)),
  };
}
