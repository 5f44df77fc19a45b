import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, systemClock } from '@gondola/stream';
import { cleanUp, newLake, until as untilSo } from '../../apps/api/test/api-harness.js';
import { signalWith, type LakeFixture } from '../../apps/api/test/lake-fixture.js';
import { idsIn, ok, startReceiver, type Receiver } from '../../apps/api/test/receiver.js';
import { describeWithPython, runPython } from '../interop/python.js';
import { lastLine, runGondola, startGondola } from '../run-gondola.js';

const KILLS = 5;
const SHELVES = 6;
const ROUNDS = 40;

/** A start takes seconds where others are at work. */
const until = (what: string, isSo: () => Promise<boolean> | boolean) => untilSo(what, isSo, 90);

/** Of the standard, by another hand: takes a file of requests and the secrets; prints how many are signed with all of them. */
const VERIFY = `
import base64, hashlib, hmac, json, sys
requests, *secrets = sys.argv[1:]
right = 0
for request in json.load(open(requests)):
    headers = request["headers"]
    content = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{request["body"]}'.encode()
    expected = ["v1," + base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()).decode() for secret in secrets]
    right += headers["webhook-signature"].split(" ") == expected
print(right)
`;

afterEach(cleanUp);

describeWithPython('webhooks of an api that is killed', () => {
  it(
    `reach their receiver at least once and in the order of each shelf, after ${KILLS} times kill -9`,
    async () => {
      const [lake, receiver, random] = [await newLake(), await startReceiver(), createRandom(20_261_126)];
      const { config, secrets } = configOf(lake, receiver, 3_000);
      receiver.answer = (response) =>
        void setTimeout(() => (random.unit() < 0.1 ? response.writeHead(503).end() : ok(response)), 10);
      await lake.addSignals([signalWith({ signalId: 'long-ago' })]);
      await sends(config, lake);
      const writing = writeSignals(lake);
      for (let kill = 0; kill < KILLS; kill++) {
        const { child, ended } = startGondola(['api', '--config', config]);
        const wanted = receiver.requests.length + 5 + random.below(20);
        await until('some came', () => receiver.requests.length >= wanted);
        await systemClock.sleep(50 * random.unit());
        child.kill('SIGKILL');
        expect(await ended).toMatchObject({ killed: true });
      }
      const last = startGondola(['api', '--config', config]);
      const ids = await writing;
      await until('all came', () => new Set(receiver.taken).size >= ids.length);
      last.child.kill('SIGTERM');
      expect(await last.ended).toMatchObject({ code: 0 });

      expect([...new Set(receiver.taken)].toSorted()).toEqual(ids.toSorted());
      for (let shelf = 0; shelf < SHELVES; shelf++) {
        const own = [...new Set(receiver.taken)].filter((id) => id.startsWith(`${shelf}-`));
        expect(own).toEqual(ids.filter((id) => id.startsWith(`${shelf}-`)));
      }
      // What was sent since the last place was written, and no more.
      expect(receiver.taken.length).toBeLessThan(2 * ids.length);
      const { requests } = receiver;
      for (const { headers, body } of requests) expect(headers['webhook-id']).toBe(idsIn(body)[0]);
      const file = join(lake.folder, 'requests.json');
      writeFileSync(file, JSON.stringify(requests));
      expect(Number(await runPython('-c', VERIFY, file, ...secrets))).toBe(requests.length);
    },
    10 * 60_000,
  );

  it('what a receiver refuses is listed, and sent again by a command', async () => {
    const [lake, receiver] = [await newLake(), await startReceiver()];
    const { config } = configOf(lake, receiver, 15_000);
    receiver.answer = (response) => void response.writeHead(422).end();
    await sends(config, lake);
    await lake.addSignals([signalWith({ signalId: 'a' }), signalWith({ signalId: 'b', itemId: 'B' })]);
    const api = startGondola(['api', '--config', config]);
    await until('both were refused', () => receiver.requests.length >= 2);
    api.child.kill('SIGTERM');
    expect(await api.ended).toMatchObject({ code: 0 });
    const webhooks = (...rest: string[]) => runGondola(['webhooks', ...rest, '--config', config, '--json']);
    const listed = await webhooks('list');
    expect(lastLine(listed)).toMatchObject({ ok: true, counts: { tasks: 2 } });
    expect(listed.stderr).toMatch(/tasks a: given up .* \(refused\) after 1 attempts, last: refused, 422/);
    receiver.answer = ok;
    expect(lastLine(await webhooks('resend', '--id', 'b'))).toMatchObject({
      ...{ ok: true, subscriptions: { tasks: { sent: 1, left: 0 } } },
    });
    expect(receiver.taken).toEqual(['b']);
    expect(lastLine(await webhooks('list'))).toMatchObject({ counts: { tasks: 1 } });
    receiver.answer = (response) => void response.writeHead(503).end();
    const away = await webhooks('resend');
    expect([away.code, lastLine(away)]).toMatchObject([1, { subscriptions: { tasks: { left: 1 } } }]);
  }, 300_000);
});

/** Who is killed leaves the others to wait for the end of its lease; who is not may take its time. */
function configOf(
  lake: LakeFixture,
  { url }: Receiver,
  leaseMs: number,
): { config: string; secrets: string[] } {
  const secrets = [32, 24].map((bytes) => `whsec_${randomBytes(bytes).toString('base64')}`);
  const secretFile = join(lake.folder, 'tasks.secrets');
  // The newer one says whose it is.
  writeFileSync(secretFile, `gnd_dev_${secrets.join('\n')}\n`);
  const config = join(lake.folder, 'api.json');
  const webhooks = {
    ...{ hosts: ['127.0.0.1'], privateNetworks: ['127.0.0.0/8'], leaseMs },
    subscriptions: [
      { name: 'tasks', url, secretFile, deadlineMs: leaseMs / 3, backoffMs: 20, backoffMsMax: 100 },
    ],
  };
  writeFileSync(
    config,
    JSON.stringify({ environment: 'dev', lake: lake.folder, http: { port: 0 }, webhooks }),
  );
  return { config, secrets };
}

/** Once, so that what is written from now on is new. */
async function sends(config: string, lake: LakeFixture): Promise<void> {
  const { child, ended } = startGondola(['api', '--config', config]);
  await until('it sends', async () => (await lake.store.list('dev/_webhooks/state')).length > 0);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
}

/** Each round a commit with a signal of every shelf. Returns their ids. */
async function writeSignals(lake: LakeFixture): Promise<string[]> {
  const ids: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const some = Array.from({ length: SHELVES }, (_, shelf) =>
      signalWith({ signalId: `${shelf}-${round}`, itemId: `SKU-${shelf}` }),
    );
    await lake.addSignals(some);
    ids.push(...some.map(({ signalId }) => signalId));
    await systemClock.sleep(50);
  }
  return ids;
}
