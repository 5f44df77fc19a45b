import { randomUUID } from 'node:crypto';
import { createAzureStore } from '@gondola/lake-azure';
import { createS3Store } from '@gondola/lake-s3';
import { systemClock, systemRandom, type ObjectInfo } from '@gondola/stream';
import { describeObjectStore } from '@gondola/testing';
import {
  AZURE_CONTAINER,
  azureConnectionString,
  describeWithAzure,
  startAzurite,
} from '../servers/azurite.js';
import { startFaultProxy } from '../servers/fault-proxy.js';
import { describeWithS3, S3_BUCKET, S3_CREDENTIALS, startVersitygw } from '../servers/versitygw.js';
import { describeStoreFaults, type StoreDeps } from './describe-store-faults.js';

const DEPS = { clock: systemClock, random: systemRandom };

const openS3 = (
  port: number,
  deps: StoreDeps | typeof DEPS = DEPS,
  change: { bucket?: string; prefix?: string } = {},
) =>
  createS3Store(
    { bucket: S3_BUCKET, prefix: 'shops/bronze lake', endpoint: `http://127.0.0.1:${port}`, ...change },
    deps,
  );

const openAzure = (
  port: number,
  deps: StoreDeps | typeof DEPS = DEPS,
  change: { container?: string; prefix?: string } = {},
) =>
  createAzureStore(
    {
      container: AZURE_CONTAINER,
      prefix: 'shops/bronze lake',
      access: { connectionString: azureConnectionString(port) },
      ...change,
    },
    deps,
  );

const DENIED = { name: 'SetupError', code: 'lake_denied', canRetry: false };

describeWithS3('S3', () => {
  beforeAll(() => void Object.assign(process.env, S3_CREDENTIALS));

  describeObjectStore('S3', async () => {
    const server = await startVersitygw();
    return { open: async () => openS3(server.port), close: server.stop };
  });

  describeStoreFaults('S3', async () => {
    const { port, stop } = await startVersitygw();
    return { port, stop, open: async (through, deps) => openS3(through, deps) };
  });

  it('shows the parts that a killed writer left, and gives them up', async () => {
    const server = await startVersitygw();
    const proxy = await startFaultProxy(server.port);
    try {
      const path = `dev/t/part-${randomUUID()}.zstd.parquet`;
      // Neither the second part nor the request that gives the parts up arrives.
      proxy.faultOf = ({ method, url = '' }) =>
        /partNumber=2/.test(url) || method === 'DELETE' ? 'unavailable' : 'none';
      const deps = { ...DEPS, clock: { ...systemClock, sleep: async () => {} } };
      await expect(openS3(proxy.port, deps).put(path, new Uint8Array(40 << 20))).rejects.toMatchObject({
        code: 'lake_unavailable',
      });
      const store = openS3(server.port);
      const left = async () => {
        const found: ObjectInfo[] = [];
        for await (const object of store.listAll('dev')) found.push(object);
        return found;
      };
      const [unfinished, ...others] = await left();
      expect(others).toEqual([]);
      expect(unfinished.path).toMatch(/^dev\/t\/\.gondola-tmp-upload-/);
      expect(Math.abs(unfinished.modifiedMs - systemClock.nowMs())).toBeLessThan(120_000);
      expect(await openS3(server.port, DEPS, { prefix: 'shops' }).list('dev')).toEqual([]);
      await store.delete(unfinished.path);
      expect(await left()).toEqual([]);
    } finally {
      await proxy.close();
      await server.stop();
    }
  }, 300_000);

  describe('that refuses', () => {
    let server: Awaited<ReturnType<typeof startVersitygw>>;
    beforeAll(async () => {
      server = await startVersitygw();
    }, 300_000);
    afterAll(() => server.stop());

    it('says that a bucket is missing', async () => {
      const store = openS3(server.port, DEPS, { bucket: 'nowhere' });
      for (const act of [
        () => store.get('x'),
        () => store.put('x', new Uint8Array(1)),
        () => store.list('x'),
      ])
        await expect(act()).rejects.toMatchObject({ ...DENIED, message: expect.stringContaining('nowhere') });
    });

    it('says that credentials are wrong, without showing them', async () => {
      process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong-secret';
      try {
        const failed = openS3(server.port).put('x', new Uint8Array(1));
        await expect(failed).rejects.toMatchObject(DENIED);
        await expect(failed).rejects.not.toThrow(/wrong-secret|gondola-test/);
      } finally {
        Object.assign(process.env, S3_CREDENTIALS);
      }
    });

    it('keeps lakes of one bucket apart, also where one name begins with the other', async () => {
      const [shop, shops] = ['shop', 'shops'].map((prefix) => openS3(server.port, DEPS, { prefix }));
      await shop?.put('f/a', new Uint8Array(1));
      await shops?.put('f/b', new Uint8Array(1));
      expect((await shop?.list('f'))?.map(({ path }) => path)).toEqual(['f/a']);
    });
  });
});

describeWithAzure('Azure', () => {
  describeObjectStore('Azure', async () => {
    const server = await startAzurite();
    return { open: () => openAzure(server.port), close: server.stop };
  });

  describeStoreFaults('Azure', async () => {
    const { port, stop } = await startAzurite();
    return { port, stop, open: openAzure };
  });

  describe('that refuses', () => {
    let server: Awaited<ReturnType<typeof startAzurite>>;
    beforeAll(async () => {
      server = await startAzurite();
    }, 300_000);
    afterAll(() => server.stop());

    it('says that a container is missing', async () => {
      const store = await openAzure(server.port, DEPS, { container: 'nowhere' });
      for (const act of [
        () => store.get('x'),
        () => store.put('x', new Uint8Array(1)),
        () => store.list('x'),
      ])
        await expect(act()).rejects.toMatchObject({ ...DENIED, message: expect.stringContaining('nowhere') });
    });

    it('says that credentials are wrong, without showing them', async () => {
      const key = Buffer.from('wrong-secret').toString('base64');
      const connectionString = azureConnectionString(server.port).replace(
        /AccountKey=[^;]*/,
        `AccountKey=${key}`,
      );
      const store = await createAzureStore(
        { container: AZURE_CONTAINER, prefix: '', access: { connectionString } },
        DEPS,
      );
      const failed = store.put('x', new Uint8Array(1));
      await expect(failed).rejects.toMatchObject(DENIED);
      await expect(failed).rejects.not.toThrow(key);
    });
  });
});

test('a store that nobody answers for is unavailable, not denied', async () => {
  const deps = { ...DEPS, clock: { ...systemClock, sleep: async () => {} } };
  Object.assign(process.env, S3_CREDENTIALS);
  const unavailable = {
    code: 'lake_unavailable',
    canRetry: true,
    message: expect.stringContaining('ECONNREFUSED'),
  };
  await expect(openS3(1, deps).get('x')).rejects.toMatchObject(unavailable);
  await expect((await openAzure(1, deps)).get('x')).rejects.toMatchObject(unavailable);
});
