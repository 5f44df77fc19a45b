import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logging } from '@gondola/telemetry';
import { systemClock } from '@gondola/stream';
import { addCaller, type NewCaller } from '../src/access/callers.js';
import type { ApiConfigInput } from '../src/api.config.js';
import type { ApiDeps } from '../src/create-api.js';
import { cleanups, isReady, newLake, start, until } from './api-harness.js';

const KEYS = {
  reader: { scopes: ['read'] },
  judge: { scopes: ['read', 'verdict'] },
  keeper: { scopes: ['quarantine'] },
  admin: { scopes: ['admin'] },
  ended: { scopes: ['admin'], expires: '2020-01-01' },
  slow: { scopes: ['read'], requestsPerSecond: 2 },
} satisfies Record<string, Partial<NewCaller>>;
export type Who = keyof typeof KEYS;

/** An api that wants keys, with one of each kind, and all that it writes to its log. */
export async function startGuarded(config: Partial<ApiConfigInput> = {}, deps: Partial<ApiDeps> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-access-'));
  cleanups.push(async () => rmSync(folder, { recursive: true }));
  const keysFile = join(folder, 'callers.yaml');
  const add = (caller: string, entry: Partial<NewCaller>) =>
    addCaller(keysFile, { environment: 'dev', scopes: ['read'], ...entry, caller }, randomBytes);
  const names = Object.keys(KEYS) as Who[];
  const keys = Object.fromEntries(names.map((name) => [name, add(name, KEYS[name])])) as Record<Who, string>;
  const lines: string[] = [];
  const logging = new Logging(systemClock, { write: (line: string) => void lines.push(line) });
  const lake = await newLake();
  const access = { keysFile, ...(config.access ?? {}) };
  const running = await start(
    lake,
    { ...config, access },
    { log: logging.logger('api', 'debug'), auditLog: logging.logger('audit', 'info'), ...deps },
  );
  const { app } = running;
  await until('ready', () => isReady(app));
  const ask = (path: string, who: Who | null, init: RequestInit = {}) =>
    fetch(app.url + path, {
      redirect: 'manual',
      ...init,
      headers: { ...(who && { authorization: `Bearer ${keys[who]}` }), ...(init.headers as object) },
    });
  return { ...running, lake, keys, keysFile, add, lines, ask, port: Number(new URL(app.url).port) };
}
