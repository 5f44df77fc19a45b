import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readConfigFile } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readCheckpoint, readParquet } from '@gondola/lake-parquet';
import type { UpkeepDeps } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import {
  createRandom,
  silentLog,
  silentObserver,
  systemClock,
  type ObjectStore,
  type OutgoingRecord,
} from '@gondola/stream';
import { createManualClock, farBroker } from '@gondola/testing';
import type { CommandContext } from '../src/command.js';
import { keyringOf } from '../src/key-file.js';
import { SHIPPED } from '../src/line.js';

export const POS = 'retail.pos.transaction';
export const ITEMS = 'retail.catalog.item';
export const START_MS = Date.UTC(2026, 10, 22, 9);
export const MASKING_KEY = Buffer.from('a key of at least thirty-two bytes!');
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const context: CommandContext = {
  progress() {},
  say() {},
  signal: new AbortController().signal,
};

export type Row = Readonly<Record<string, unknown>>;

/** A stream, a lake that ingest fills from it, and the files that both need. */
export class UpkeepLake {
  readonly folder = mkdtempSync(join(tmpdir(), 'gondola-upkeep-'));
  readonly lake = join(this.folder, 'lake');
  readonly schemas = join(this.folder, 'schemas');
  readonly store: ObjectStore = createLocalDiskStore(this.lake);
  readonly log = EmbeddedLog.open(join(this.folder, 'stream.sqlite'));

  constructor() {
    this.log.createStream('events', 2);
    cpSync(SHIPPED.schemas, this.schemas, { recursive: true });
    for (const environment of ['dev', 'qa']) {
      writeFileSync(
        join(this.folder, `masking-${environment}.key`),
        `gnd_${environment}_${MASKING_KEY.toString()}`,
      );
      writeFileSync(this.config(environment), this.configText(environment));
    }
  }

  /** 200 records, half of them read on one day and half on the next. */
  static async ofTwoDays(options: { far?: boolean } = {}): Promise<UpkeepLake> {
    const lake = new UpkeepLake();
    await lake.send(records(0, 100));
    await lake.ingest(START_MS, 'dev', options);
    await lake.send(records(100, 100));
    await lake.ingest(START_MS + DAY_MS, 'dev', options);
    return lake;
  }

  /** Of upkeep in the environment dev. */
  deps(store = this.store): UpkeepDeps {
    return {
      store,
      encoder: columnarEncoder,
      clock: systemClock,
      log: silentLog,
      environment: 'dev',
      progress() {},
    };
  }

  /** Path of ingest's configuration. */
  config(environment = 'dev'): string {
    return join(this.folder, `${environment}.yaml`);
  }

  private configText(environment: string): string {
    return [
      `environment: ${environment}`,
      `lake: ${this.lake}`,
      `stream: { file: ${join(this.folder, 'stream.sqlite')} }`,
      `schemas: ${this.schemas}`,
      `defaultSubject: ${POS}`,
      `masking: { keyFile: ${join(this.folder, `masking-${environment}.key`)} }`,
      'quarantine: { shareMax: 1, windowRecords: 10 }',
      'flush: { rowsMax: 15, ageMsMax: 3600000 }',
    ].join('\n');
  }

  /** From now on ingest encrypts raw records. */
  encrypt(): void {
    const keyFile = join(this.folder, 'keys.yaml');
    writeFileSync(keyFile, `writing: k1\nkeys: { k1: ${Buffer.alloc(32, 1).toString('base64')} }`);
    appendFileSync(this.config(), `\nbronze: { encryption: { keyFile: ${keyFile} } }`);
  }

  remove(): void {
    this.log.close();
    rmSync(this.folder, { recursive: true });
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    return createEmbeddedSink(this.log, 'events').append(records);
  }

  /** Reads what is there into the tables, at that time of the clock. */
  async ingest(
    nowMs: number,
    environment = 'dev',
    { far = false, store = this.store }: { far?: boolean; store?: ObjectStore } = {},
  ): Promise<void> {
    const broker = createEmbeddedBroker(this.log, { batchBytesMax: 4_096 });
    const config = readConfigFile(this.config(environment), ingestConfigSchema);
    const runner = createIngest(
      config,
      {
        keyring: keyringOf(config),
        broker: far ? farBroker(broker) : broker,
        validated: null,
        store,
        registry: loadEmbeddedRegistry(this.schemas),
        maskingKey: MASKING_KEY,
        clock: createManualClock(nowMs, { autoAdvance: true }),
        eventNowMs: () => nowMs,
        observer: silentObserver,
        log: silentLog,
        random: () => 0,
        memoryBytes: () => 0,
      },
      { once: true },
    );
    await runner.run(new AbortController().signal);
  }

  /** From now on a sale may have ten times as many units: what was refused is accepted. */
  acceptMore(): void {
    const file = join(this.schemas, POS, 'contract.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('quantity <= 100000', 'quantity <= 1000000'));
  }

  async snapshot(path: string): Promise<TableSnapshot> {
    const snapshot = await readSnapshot(this.store, path, readCheckpoint);
    if (!snapshot) throw new Error(`no table ${path}`);
    return snapshot;
  }

  async rows(path: string): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const file of (await this.snapshot(path)).files) {
      const bytes = await this.store.get(`${path}/${file.path}`);
      if (!bytes) throw new Error(`${path}/${file.path} is gone`);
      for (const row of await readParquet(bytes)) rows.push({ ...row, ...file.partitionValues });
    }
    return rows;
  }

  /** Silver and quarantine as sorted texts: equal lakes give equal ones. */
  async answers(environment = 'dev'): Promise<Readonly<Record<string, readonly string[]>>> {
    const answers: Record<string, readonly string[]> = {};
    for (const table of [`silver/${POS}`, `silver/${ITEMS}`, 'quarantine'])
      answers[table] = (await this.rows(`${environment}/${table}`)).map(textOf).sort();
    return answers;
  }
}

const textOf = (row: Row): string =>
  JSON.stringify(
    Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  );

/** Good ones of two subjects, duplicates, garbage, and sales of too many units; an hour for every ten. */
export function records(first: number, count: number): OutgoingRecord[] {
  const random = createRandom(first);
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const timestampMs = START_MS + Math.floor(number / 10) * HOUR_MS;
    const send = (value: object | string, headers: Record<string, string> = {}): OutgoingRecord => ({
      key: Buffer.from(`S${number % 5}`),
      value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      headers: Object.entries(headers).map(([key, text]) => ({ key, value: Buffer.from(text) })),
      timestampMs,
    });
    const chance = random.below(20);
    if (chance === 0) return send('no event at all');
    if (chance === 1) return send(sale(number, timestampMs, 500_000));
    if (chance <= 3) return send(item(number, timestampMs), { ce_type: ITEMS });
    // Sent again, of the same shop and so in the same partition.
    if (chance <= 5 && index >= 5) return send(sale(number - 5, timestampMs, 2));
    return send(sale(number, timestampMs, 2));
  });
}

export function sale(number: number, timeMs: number, quantity: number) {
  const line = (lineSequence: number) => ({
    lineSequence,
    lineType: 'SALE',
    itemId: `I${(number + lineSequence) % 7}`,
    gtin: null,
    description: null,
    merchandiseGroup: null,
    quantity,
    unitPrice: 0.29,
    promotionId: null,
  });
  return {
    eventId: `e-${number}`,
    retailStoreId: `S${number % 5}`,
    workstationId: '1',
    sequenceNumber: number,
    businessDayDate: Math.floor(START_MS / DAY_MS),
    beginDateTime: timeMs - 60_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    operatorId: 'op-1',
    customerId: number % 2 ? `cust-${number}` : null,
    loyaltyId: null,
    lines: number % 3 ? [line(1), line(2)] : [line(1)],
  };
}

const item = (number: number, timeMs: number) => ({
  eventId: `i-${number}`,
  itemId: `I-${number}`,
  name: 'Leche ñ',
  listPrice: 4290,
  currencyCode: 'COP',
  updatedAt: timeMs - 1_000,
});
