import type { HttpApp } from '@gondola/nest';
import { silentLog, systemClock } from '@gondola/stream';
import { createRegistry } from '@gondola/telemetry';
import { parseConfig } from '@gondola/config';
import { apiConfigSchema, type ApiConfigInput } from '../src/api.config.js';
import { createApi, type ApiDeps } from '../src/create-api.js';
import { HOUR_MS, LakeFixture, NOON_MS } from './lake-fixture.js';

export type Json = Record<string, unknown>;

export const cleanups: (() => Promise<unknown>)[] = [];
/** For `afterEach`: the newest first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export const newLake = async () => {
  const lake = await LakeFixture.create();
  cleanups.push(() => lake.remove());
  return lake;
};

/** `isRead`: once the lake was read, which may also have failed; false: at once, when nothing is known yet. */
export async function start(
  lake: LakeFixture,
  config: Partial<ApiConfigInput> = {},
  deps: Partial<ApiDeps> = {},
  { isRead = true } = {},
) {
  const stop = new AbortController();
  const metrics = createRegistry();
  const api = createApi({
    config: parseConfig('api', apiConfigSchema, {
      environment: 'dev',
      lake: lake.folder,
      http: { port: 0 },
      pollMs: 10,
      ...config,
    }),
    lake: lake.store,
    clock: { ...systemClock, nowMs: () => NOON_MS + 6 * HOUR_MS },
    log: silentLog,
    metrics,
    demo: false,
    schemas: null,
    quarantine: null,
    ...deps,
  });
  const app = await api.start(stop.signal);
  cleanups.push(() => {
    stop.abort();
    return app.stopped.catch(() => undefined);
  });
  if (isRead) await until('read', () => api.feed.health().state !== 'starting');
  const get = async (path: string) => {
    const answer = await fetch(app.url + path);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Json };
  };
  return { app, api, get, stop, metrics };
}

export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  seconds = 60,
): Promise<void> {
  for (let tries = 0; tries < 100 * seconds; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

export const isReady = async (app: HttpApp) => (await fetch(`${app.url}/health/ready`)).status === 200;
export const idsOf = (body: Json) =>
  (body['signals'] as { signalId: string }[]).map(({ signalId }) => signalId);
