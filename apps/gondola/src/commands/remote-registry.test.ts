import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { startHttpRegistry, type HttpRegistry } from '@gondola/testing';
import { context, POS, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { SHIPPED } from '../line.js';
import { detect } from './detect.js';
import { ingest } from './ingest.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';

const contract = loadEmbeddedRegistry(SHIPPED.schemas).contractOf(POS);
if (!contract) throw new Error(POS);

describe('commands with a registry elsewhere', () => {
  const lake = new UpkeepLake();
  let http: HttpRegistry;

  beforeAll(async () => {
    http = await startHttpRegistry();
    http.schemas.push({ subject: `${POS}-value`, version: 4, id: 900, schema: contract.versions[0].text });
    appendFileSync(
      lake.config(),
      `\nregistry: { kind: confluent, urls: ["${http.url}"], deadlineMs: 2000 }\n`,
    );
  });
  afterAll(() => lake.remove());

  const run = (command: typeof ingest, values: Record<string, string | boolean> = {}) =>
    command.run({ positionals: [], values: { config: lake.config(), ...values } }, context);

  const detectConfig = () => {
    const path = join(lake.folder, 'detect.yaml');
    const lines = readFileSync(lake.config(), 'utf8').split('\n');
    writeFileSync(path, lines.filter((line) => !/^(masking|flush|quarantine):/.test(line)).join('\n'));
    return path;
  };

  const record = (id: number, sequenceNumber: number) => {
    const value = encodeAvro(contract, {
      eventId: `e-${sequenceNumber}`,
      retailStoreId: 'S1',
      workstationId: '1',
      sequenceNumber,
      businessDayDate: 20_000,
      beginDateTime: START_MS - 60_000,
      transactionType: 'SALE',
      currencyCode: 'COP',
      lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2, unitPrice: 4.29 }],
    });
    new DataView(value.buffer, value.byteOffset).setInt32(1, id);
    return { key: new TextEncoder().encode('S1'), value, timestampMs: START_MS };
  };
  const events = async () => (await lake.rows(`dev/silver/${POS}`)).map((row) => row['event_id']).sort();

  it('read by its ids, park what is unknown, and go on when it is down', async () => {
    await lake.send([record(900, 1), record(901, 2)]);
    http.mood = (path) => (path.startsWith('/schemas/ids/901') ? 503 : null);
    expect(await run(ingest, { once: true })).toMatchObject({ ok: true, rejected: { schema_pending: 1 } });
    expect(await events()).toEqual(['e-1']);
    expect((await lake.rows(`dev/silver/${POS}`))[0]?.['schema_version']).toBe(4);

    http.mood = () => 'cut';
    await lake.send([record(900, 3)]);
    expect(await run(ingest, { once: true })).toMatchObject({ ok: true });
    expect(await run(reconcile, { quick: false })).toMatchObject({ ok: true, findings: [] });
    const config = { 'with-expired': false };
    expect(await run(rebuild, config)).toMatchObject({ ok: true, records: 3 });
    expect(await events()).toEqual(['e-1', 'e-3']);
    // Its schemas are in the lake.
    expect(await run(detect, { config: detectConfig(), once: true })).toMatchObject({
      ok: true,
      rejected: { schema_pending: 1 },
    });

    // Another one in its place.
    http.mood = () => null;
    http.schemas.splice(0);
    for (const [id, version] of [
      [900, 4],
      [901, 5],
    ] as const)
      http.schemas.push({ subject: POS, version, id, schema: contract.versions[0].text });
    expect(await run(ingest, { once: true })).toMatchObject({ ok: true });
    expect(await events()).toEqual(['e-1', 'e-2', 'e-3']);
    expect(await run(reconcile, { quick: false })).toMatchObject({ ok: true, findings: [] });

    // What is parked comes again and passes before it is taken up.
    http.mood = (path) => (path.startsWith('/schemas/ids/902') ? 503 : null);
    await lake.send([record(902, 4), record(900, 4)]);
    expect(await run(ingest, { once: true })).toMatchObject({ rejected: { schema_pending: 1 } });
    http.mood = () => null;
    http.schemas.push({ subject: POS, version: 6, id: 902, schema: contract.versions[0].text });
    await run(ingest, { once: true });
    expect(await events()).toEqual(['e-1', 'e-2', 'e-3', 'e-4']);
    expect(await run(reconcile, { quick: false })).toMatchObject({ ok: true, findings: [] });
    await http.stop();
  });
});
