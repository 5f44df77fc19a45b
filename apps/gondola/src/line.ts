import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { formatLakeAddress, type LakeAddress, type StreamConfig } from '@gondola/config';
import type { IngestConfig } from '@gondola/ingest';
import { SetupError, type Broker, type ObjectStore } from '@gondola/stream';
import { countedStore, type MetricsRegistry } from '@gondola/telemetry';
import { MASKING_KEY_BYTES_MIN } from '@gondola/validate';
import { openBroker } from './open-broker.js';
import { openLake } from './open-lake.js';
import { markedSecret, ownSecret } from './own-secret.js';

const projectFile = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Files that come with this version. */
export const SHIPPED = {
  schemas: projectFile('schemas'),
  runbooks: projectFile('deploy/runbooks'),
  model: projectFile('apps/gondola/models/trees-2026.11.json'),
  /** The filter without trees: it knows less of one trade and takes less for granted in others. */
  filterModel: projectFile('apps/gondola/models/hmm-2026.11.json'),
};

/** What every service of one process shares. */
export interface Line {
  readonly store: ObjectStore;
  readonly broker: Broker;
  close(): Promise<void>;
}

/** A line of one machine: its streams are in a file. */
export interface LocalLine extends Line {
  readonly log: EmbeddedLog;
}

/** `metrics`: count what is asked of the lake. */
export async function openLine(
  { stream, lake }: { stream: StreamConfig; lake: LakeAddress },
  metrics: MetricsRegistry,
): Promise<Line> {
  return lineOf(await openBroker(stream), countedStore(metrics, openLake(lake)));
}

/** `metrics`: null where nobody counts. */
export function openLocalLine(
  {
    streamFile,
    batchBytesMax,
    lake,
  }: {
    streamFile: string;
    batchBytesMax: number;
    lake: LakeAddress;
  },
  metrics: MetricsRegistry | null,
): LocalLine {
  const log = EmbeddedLog.open(streamFile);
  const store = metrics ? countedStore(metrics, openLake(lake)) : openLake(lake);
  return { log, ...lineOf(createEmbeddedBroker(log, { batchBytesMax }), store) };
}

const lineOf = (broker: Broker, store: ObjectStore): Line => ({
  store,
  broker,
  close: () => broker.close(),
});

/**
 * Where a line of one machine (replay, demo) keeps what is not the lake, its stream and its keys: within the lake's
 * folder, or in one of this machine when the lake is in a cloud.
 */
export function lineFiles(lake: LakeAddress) {
  const folder =
    lake.store === 'local'
      ? join(lake.folder, '_gondola')
      : join('.gondola', encodeURIComponent(formatLakeAddress(lake)));
  return {
    stream: join(folder, 'stream.sqlite'),
    maskingKey: join(folder, 'masking.key'),
    producerKeys: join(folder, 'producers.yaml'),
    producerKey: join(folder, 'producer.key'),
  };
}

/** Its mark is no part of it: tokens of a key that got one stay what they were. */
export function readMaskingKey({
  environment,
  masking: { keyFile: path },
}: Pick<IngestConfig, 'environment' | 'masking'>): Uint8Array {
  if (!existsSync(path))
    throw new SetupError(
      'config_invalid',
      `masking.keyFile: there is no file ${path}. It holds the environment's secret, at least ${MASKING_KEY_BYTES_MIN} ` +
        'bytes, the same wherever this lake is written: copy it from there, or make it, once: ' +
        `(umask 077; echo gnd_${environment}_$(openssl rand -hex 32) > ${path})`,
    );
  const text = readSetupFile(path, 'config_invalid', 'masking.keyFile').trim();
  const key = Buffer.from(ownSecret(text, { environment, field: 'masking.keyFile', path }), 'utf8');
  if (key.length >= MASKING_KEY_BYTES_MIN) return key;
  throw new SetupError(
    'config_invalid',
    `masking.keyFile: ${path} holds ${key.length} bytes, at least ${MASKING_KEY_BYTES_MIN} are needed`,
  );
}

/** For lines that live in one folder: their key is made with them. A shared environment brings its own. */
export function makeMaskingKey(path: string, environment: string): void {
  if (!existsSync(path)) writeWhole(path, markedSecret(environment, randomBytes(32).toString('hex')));
}

/** Whole or not at all: a key that a full disk or a kill cut short would block every later start. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

export function readSetupFile(path: string, code: 'model_invalid' | 'config_invalid', field: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupError(code, `${field}: ${path} cannot be read: ${why}`, { cause: error });
  }
}
