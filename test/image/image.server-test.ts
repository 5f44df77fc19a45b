import {
  chownSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer, type EventResult } from '@gondola/producer';
import { linesOf } from '../crash/lake-rows.js';
import { makeKey } from '../monitoring/line-of-services.js';
import { freePort } from '../servers/child-server.js';
import { whyNoImage } from './build.js';
import { container, unprivilegedCopy, USER, type Process, type Way } from './ways.js';

const BUILD_MS_MAX = 300_000;
const TEST_MS_MAX = 600_000;
const READY_MS_MAX = 180_000;
/** A pod's grace time, Kubernetes' own: by then it has to be over. */
const GRACE_MS = 30_000;
const LAYER_BYTES_MAX = 120_000_000;
const EVENTS = 3_000;
const SERVICES = ['ingest', 'detect', 'api', 'collector'] as const;
type ServiceName = (typeof SERVICES)[number];

const noImage = whyNoImage();
const describeImage = noImage === null ? describe : describe.skip;

describe('the bundle, as a user without rights, in a folder that cannot be written', () => {
  describeWay(unprivilegedCopy);
});

describeImage(`the image, in a container${noImage === null ? '' : ` (${noImage})`}`, () => {
  const way = describeWay(container);

  it('runs as nobody by itself, says what it is, and has its bill of materials', () => {
    const { config, tree } = imageOf(way());
    expect(config).toMatchObject({
      User: `${USER}:${USER}`,
      Entrypoint: ['/usr/local/bin/node', '/app/gondola.mjs'],
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'org.opencontainers.image.title': 'gondola',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    });
    const bill = JSON.parse(readFileSync(join(tree, 'app/sbom.cdx.json'), 'utf8')) as { bomFormat: string };
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(readdirSync(join(tree, 'app')).sort()).toEqual([
      ...['LICENSE', 'LICENSES.txt', 'apps', 'deploy', 'gondola.mjs', 'package.json', 'sbom.cdx.json'],
      'schemas',
    ]);
    // What explanations quote, and nothing else of it.
    expect(readdirSync(join(tree, 'app/deploy'))).toEqual(['runbooks']);
  });

  it(`adds one layer to its base, of less than ${LAYER_BYTES_MAX / 1e6} MB`, () => {
    const [, ...own] = imageOf(way()).layers;
    expect(own).toHaveLength(1);
    expect(own[0]?.bytes).toBeLessThan(LAYER_BYTES_MAX);
    expect(own[0]?.bytes).toBeGreaterThan(1_000_000);
  });
});

function imageOf({ image }: Way) {
  if (!image) throw new Error('there is no image');
  return image;
}

function describeWay(make: (home: string) => Way): () => Way {
  const home = mkdtempSync(join(tmpdir(), 'gondola-image-'));
  const folder = mkdtempSync(join(tmpdir(), 'gondola-pod-'));
  const running: Process[] = [];
  let way: Way;
  let key = '';
  beforeAll(async () => {
    way = make(home);
    key = await makeKey(keysFile(folder), 'till', ['--events-per-second', '1000000']);
    writeFileSync(maskingKey(folder), 'a key of thirty-two bytes or more, for this test');
    if (process.getuid?.() === 0) chownSync(folder, USER, USER);
    for (const file of [keysFile(folder), maskingKey(folder)]) chmodSync(file, 0o444);
  }, BUILD_MS_MAX);
  afterAll(async () => {
    for (const { child, exitCode } of running) {
      child.kill('SIGKILL');
      await exitCode;
    }
    for (const path of [home, folder]) rmSync(path, { recursive: true, force: true });
  });

  it(
    'starts each service, which answers, holds no right and ends when told to',
    async () => {
      for (const name of SERVICES) {
        const { process: service, url } = await start(name);
        expect(await statusOf(`${url}/health/live`)).toBe(200);
        expect(await statusOf(`${url}/metrics`)).toBe(200);
        expectNoRights(service.pid, way);
        expect(await endMs(service)).toBeLessThan(GRACE_MS);
      }
    },
    TEST_MS_MAX,
  );

  it(
    'loses and doubles nothing when collector and ingest are told to end at work and start again',
    async () => {
      const answers: EventResult[] = [];
      let [collector, ingest] = await Promise.all([start('collector'), start('ingest')]);
      const { port } = new URL(collector.url);
      const producer = createProducer({
        ...{ url: collector.url, apiKey: key, source: '/tills/1', batch: { eventsMax: 20 } },
        onResult: (_, result) => answers.push(result),
      });
      const sending = send(producer);
      for (const share of [0.25, 0.5, 0.75]) {
        while (answers.length < EVENTS * share) await sleep(5);
        expect(await endMs(collector.process)).toBeLessThan(GRACE_MS);
        expect(await endMs(ingest.process)).toBeLessThan(GRACE_MS);
        [collector, ingest] = await Promise.all([start('collector', Number(port)), start('ingest')]);
      }
      await sending;
      await producer.flush();
      await producer.close();
      expect(await endMs(collector.process)).toBeLessThan(GRACE_MS);
      expect(await endMs(ingest.process)).toBeLessThan(GRACE_MS);
      const rest = await way.start(['ingest', '--config', configFile('ingest'), '--once'], folder);
      expect([await rest.exitCode, rest.output()]).toEqual([0, expect.anything()]);

      expect(answers.filter(({ status }) => status !== 'accepted')).toEqual([]);
      const accepted = answers.map(({ eventId }) => eventId).sort();
      expect(new Set(accepted).size).toBe(EVENTS);
      const rows: string[] = [];
      for await (const line of linesOf(join(folder, 'lake'), 'dev/silver/retail.pos.transaction'))
        rows.push(/(?:^| )event_id=(\S+)/.exec(line)?.[1] ?? line);
      expect(rows.sort()).toEqual(accepted);
    },
    TEST_MS_MAX,
  );

  const configFile = (name: ServiceName) => join(folder, `${name}.yaml`);

  async function start(name: ServiceName, onPort?: number): Promise<{ process: Process; url: string }> {
    const port = onPort ?? (await freePort());
    writeFileSync(configFile(name), JSON.stringify(configOf(name, folder, port)));
    const service = await way.start([name, '--config', configFile(name)], folder);
    running.push(service);
    const url = `http://127.0.0.1:${port}`;
    const end = performance.now() + READY_MS_MAX;
    while ((await statusOf(`${url}/health/ready`)) !== 200) {
      if (performance.now() > end || service.child.exitCode !== null)
        throw new Error(`${name} is not ready: ${service.output()}`);
      await sleep(20);
    }
    return { process: service, url };
  }

  return () => way;
}

const keysFile = (folder: string) => join(folder, 'producers.yaml');
const maskingKey = (folder: string) => join(folder, 'masking.key');

function configOf(name: ServiceName, folder: string, port: number): object {
  const common = { environment: 'dev', http: { port }, logLevel: 'warn' };
  const stream = { file: join(folder, 'stream.sqlite') };
  const lake = join(folder, 'lake');
  if (name === 'collector') return { ...common, stream, keysFile: keysFile(folder) };
  if (name === 'api') return { ...common, lake };
  if (name === 'detect') return { ...common, stream, lake };
  // Nothing is published by itself before it is told to end.
  const flush = { ageMsMax: 3_600_000 };
  return { ...common, stream, lake, flush, masking: { keyFile: maskingKey(folder) } };
}

async function send(producer: ReturnType<typeof createProducer>): Promise<void> {
  const nowMs = Date.now();
  for (let number = 0; number < EVENTS; number++) {
    void producer.send('retail.pos.transaction', {
      eventId: `event-${number}`,
      retailStoreId: `S${number % 5}`,
      workstationId: '1',
      sequenceNumber: number,
      businessDayDate: 20_454,
      beginDateTime: nowMs,
      transactionType: 'SALE',
      currencyCode: 'COP',
      lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 1 }],
    });
    if (number % 20 === 0) await sleep(2);
  }
}

/** Tells it to end as a kubelet does, and says how long it took. It ends well, or the test does not. */
async function endMs({ child, exitCode, output }: Process): Promise<number> {
  const beginMs = performance.now();
  child.kill('SIGTERM');
  expect([await exitCode, output()]).toEqual([0, expect.anything()]);
  return performance.now() - beginMs;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url).catch(() => null);
  await response?.arrayBuffer();
  return response?.status ?? 0;
}

/** By what the kernel says of the process. */
function expectNoRights(pid: number, { image }: Way): void {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/);
  if (process.getuid?.() === 0) {
    expect(field('Uid')).toEqual(Array.from({ length: 4 }, () => String(USER)));
    expect(field('Gid')).toEqual(Array.from({ length: 4 }, () => String(USER)));
    expect(field('NoNewPrivs')).toEqual(['1']);
  }
  expect(Number.parseInt(field('CapEff')?.[0] ?? '1', 16)).toBe(0);
  if (!image || !existsSync(`/proc/${pid}/mountinfo`)) return;
  const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  expect(mounts.find(([, , , , place]) => place === '/')?.[5]).toMatch(/(^|,)ro(,|$)/);
}
