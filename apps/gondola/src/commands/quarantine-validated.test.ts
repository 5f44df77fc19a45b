import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink } from '@gondola/broker-embedded';
import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { createJudge, parseFilter, replay } from '@gondola/quarantine';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { recordAt, silentLog, systemClock } from '@gondola/stream';
import { Death, dyingStore } from '@gondola/testing';
import { context, DAY_MS, MASKING_KEY, POS, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { quarantine } from './quarantine.js';

describe('a replay of quarantine beside a validated stream', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 100));
    await lake.ingest(START_MS + DAY_MS);
    lake.log.createStream('valid', 2);
    appendFileSync(
      lake.config(),
      `\nvalidated: { file: ${join(lake.folder, 'stream.sqlite')}, name: valid }\n`,
    );
    lake.acceptMore();
  });
  afterEach(() => lake.remove());

  const run = (values: Record<string, boolean>) =>
    quarantine.run({ positionals: ['replay'], values: { config: lake.config(), ...values } }, context);

  /** Key and origin of what the validated stream holds, sorted. */
  async function published(): Promise<string[]> {
    const source = createEmbeddedBroker(lake.log, { batchBytesMax: 1 << 24 }).source(
      { stream: 'valid', reader: 'test', allowGap: false },
      { clock: systemClock, log: silentLog, random: () => 0 },
    );
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const found: string[] = [];
    for (let batch = await source.poll(0); batch; batch = await source.poll(0))
      for (let index = 0; index < batch.count; index++) {
        const { key, headers } = recordAt(batch, index);
        const origin = headers.find((header) => header.key === 'gondola_origin')?.value;
        found.push(`${Buffer.from(key ?? []).toString()} ${Buffer.from(origin ?? []).toString()}`);
      }
    return found.sort();
  }

  /** The same of the refused sales, which will pass. */
  const wanted = async () =>
    (await lake.rows('dev/quarantine'))
      .filter((row) => row['reason'] === 'rule_broken')
      .map((row) => {
        const { retailStoreId } = JSON.parse(Buffer.from(row['value'] as Uint8Array).toString()) as {
          retailStoreId: string;
        };
        return `${retailStoreId} events/${String(row['source_partition'])}/${String(row['source_position'])}`;
      })
      .sort();

  it('sends it what passes, once, and nothing of a dry run', async () => {
    const passing = await wanted();
    expect(passing.length).toBeGreaterThan(0);
    expect(await run({ 'dry-run': true })).toMatchObject({ ok: true, passed: passing.length });
    expect(await published()).toEqual([]);
    expect(await run({})).toMatchObject({ ok: true, passed: passing.length });
    expect(await published()).toEqual(passing);
    await run({});
    expect(await published()).toEqual(passing);
  });

  it('sends it everything that passes, wherever it is killed, and what silver does not have never', async () => {
    const passing = await wanted();
    const config = readConfigFile(lake.config(), ingestConfigSchema);
    const registry = loadEmbeddedRegistry(lake.schemas);
    const options = { stream: 'events', filter: parseFilter({}), dryRun: false, force: false };
    let deaths = 0;
    for (let survives = 0; ; survives++) {
      const deps = lake.deps(dyingStore(lake.store, survives));
      const validated = createEmbeddedSink(lake.log, 'valid');
      const judge = createJudge(config, { ...deps, registry, maskingKey: MASKING_KEY, validated });
      const quiet = { signal: context.signal, onProgress() {} };
      const died = await replay(deps, judge, options, quiet).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Death)) throw error;
          return true;
        },
      );
      const inSilver = new Set(
        (await lake.rows(`dev/silver/${POS}`)).map(
          (row) => `events/${String(row['source_partition'])}/${String(row['source_position'])}`,
        ),
      );
      for (const line of await published()) expect(inSilver).toContain(line.split(' ')[1]);
      if (!died) break;
      deaths++;
    }
    expect(deaths).toBeGreaterThan(2);
    expect([...new Set(await published())]).toEqual(passing);
  });
});
