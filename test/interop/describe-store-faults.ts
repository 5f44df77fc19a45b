import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom, type ObjectStore } from '@gondola/stream';
import fc from 'fast-check';
import { startFaultProxy, type Fault, type FaultProxy } from '../servers/fault-proxy.js';

export interface FaultyHarness {
  /** Where the server is. */
  readonly port: number;
  /** The same lake through any port that leads to it. */
  open(port: number, deps: StoreDeps): Promise<ObjectStore>;
}

export type StoreDeps = ReturnType<typeof depsOf>;

/** Pauses between attempts take no time; a silent server is given up soon. */
const depsOf = (silenceMsMax?: number) => ({
  clock: { ...systemClock, sleep: async () => {} },
  random: systemRandom,
  ...(silenceMsMax === undefined ? {} : { silenceMsMax }),
});

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);
const textOf = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes);
const UNAVAILABLE = { name: 'GondolaError', code: 'lake_unavailable', canRetry: true };

/** What a store over a network must answer when that network and the service behind it fail. */
export function describeStoreFaults(
  name: string,
  start: () => Promise<FaultyHarness & { stop(): Promise<void> }>,
) {
  describe(`${name} behind a network that fails`, () => {
    let server: Awaited<ReturnType<typeof start>>;
    let proxy: FaultProxy;
    /** Straight to the server: what really is there. */
    let truth: ObjectStore;
    let store: ObjectStore;
    beforeAll(async () => {
      server = await start();
      proxy = await startFaultProxy(server.port);
      truth = await server.open(server.port, depsOf());
      store = await server.open(proxy.port, depsOf());
    }, 90_000);
    afterEach(() => {
      proxy.faultOf = () => 'none';
    });
    afterAll(async () => {
      await proxy?.close();
      await server?.stop();
    });

    const failWith = (...faults: readonly Fault[]) => {
      const left = [...faults];
      proxy.faultOf = () => left.shift() ?? 'none';
    };

    it('passes through when nothing fails', async () => {
      expect(await store.putIfAbsent('calm', bytesOf('1'))).toBe(true);
      expect(textOf(await truth.get('calm'))).toBe('1');
    });

    it.each<[string, readonly Fault[]]>([
      ['took effect and the connection was cut', ['cutAfter']],
      ['took effect and answered 503', ['unavailableAfter']],
      ['took effect twice unseen', ['cutAfter', 'unavailableAfter']],
      ['never arrived', ['cut', 'unavailable', 'cut']],
      ['took effect, and the look at whose it is failed too', ['cutAfter', 'none', 'cut']],
    ])('a create that %s is ours', async (_, faults) => {
      const path = `ours/${randomUUID()}`;
      failWith(...faults);
      expect(await store.putIfAbsent(path, bytesOf('mine'))).toBe(true);
      expect(textOf(await truth.get(path))).toBe('mine');
    });

    it('a create whose server falls silent after it took effect is ours', async () => {
      const impatient = await server.open(proxy.port, depsOf(2_000));
      const path = `ours/${randomUUID()}`;
      failWith('silentAfter');
      expect(await impatient.putIfAbsent(path, bytesOf('mine'))).toBe(true);
      expect(textOf(await truth.get(path))).toBe('mine');
    });

    it('a create that never arrived is not ours when a rival came first', async () => {
      const path = `rival/${randomUUID()}`;
      const faults: Fault[] = ['cut'];
      proxy.faultOf = async () => {
        const fault = faults.shift();
        if (fault) await truth.putIfAbsent(path, bytesOf('rival'));
        return fault ?? 'none';
      };
      expect(await store.putIfAbsent(path, bytesOf('mine'))).toBe(false);
      expect(textOf(await truth.get(path))).toBe('rival');
    });

    it('whatever fails and whoever else writes, a create answers what is true', async () => {
      const fault = fc.constantFrom<Fault>('none', 'unavailable', 'cut', 'unavailableAfter', 'cutAfter');
      await fc.assert(
        fc.asyncProperty(
          fc.array(fault, { maxLength: 8 }),
          fc.option(fc.nat(4), { nil: null }),
          async (faults, rivalBefore) => {
            const path = `any/${randomUUID()}`;
            let requests = 0;
            proxy.faultOf = async () => {
              const number = requests++;
              if (number === rivalBefore) await truth.putIfAbsent(path, bytesOf('rival'));
              return faults[number] ?? 'none';
            };
            const answer = await store.putIfAbsent(path, bytesOf('mine')).catch((error: unknown) => {
              expect(error).toMatchObject(UNAVAILABLE);
              return 'unknown';
            });
            const found = textOf(await truth.get(path));
            if (answer === true) expect(found).toBe('mine');
            if (answer === false) expect(found).toBe('rival');
          },
        ),
        { numRuns: 150 },
      );
    }, 120_000);

    it.each<Fault>(['unavailable', 'cut'])(
      'a service that stays away (%s) is said to be, and may be asked again',
      async (fault) => {
        proxy.faultOf = () => fault;
        await expect(store.putIfAbsent('away', bytesOf('1'))).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.put('away', bytesOf('1'))).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.put('away', new Uint8Array(20 << 20))).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.get('away')).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.list('away')).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.delete('away')).rejects.toMatchObject(UNAVAILABLE);
        expect(await truth.get('away')).toBeNull();
      },
    );

    it('an answer that is cut in its middle is read again', async () => {
      const bytes = new Uint8Array(3_000_000).fill(7);
      await truth.put('long', bytes);
      failWith('bodyCut', 'bodyCut');
      expect(Buffer.compare((await store.get('long')) ?? new Uint8Array(), bytes)).toBe(0);
    });

    it('a large object arrives whole though every third of its requests fails', async () => {
      const bytes = new Uint8Array(40 << 20);
      for (let at = 0; at < bytes.length; at += 4093) bytes[at] = at >> 8;
      let requests = 0;
      const faults: Fault[] = ['cut', 'unavailableAfter', 'unavailable', 'cutAfter'];
      proxy.faultOf = () => {
        const number = requests++;
        return number % 3 === 1 ? (faults[Math.floor(number / 3) % faults.length] ?? 'none') : 'none';
      };
      await store.put('large', bytes);
      expect(Buffer.compare((await truth.get('large')) ?? new Uint8Array(), bytes)).toBe(0);
    }, 60_000);

    it('a large object arrives when the answer to its last request is lost', async () => {
      const bytes = new Uint8Array(20 << 20).fill(3);
      let isLost = false;
      proxy.faultOf = ({ method, url = '' }) => {
        const isLast = method === 'POST' ? /uploadId=/i.test(url) : /comp=blocklist/.test(url);
        if (!isLast || isLost) return 'none';
        isLost = true;
        return 'cutAfter';
      };
      await store.put('lost-answer', bytes);
      expect(isLost).toBe(true);
      expect(Buffer.compare((await truth.get('lost-answer')) ?? new Uint8Array(), bytes)).toBe(0);
    }, 60_000);

    it('a large object whose parts do not arrive is not there at all', async () => {
      proxy.faultOf = ({ url = '' }) => (/partNumber=2|comp=block&/.test(url) ? 'unavailable' : 'none');
      await expect(store.put('half', new Uint8Array(40 << 20))).rejects.toMatchObject(UNAVAILABLE);
      expect(await truth.get('half')).toBeNull();
      expect(await truth.list('')).not.toContainEqual(expect.objectContaining({ path: 'half' }));
    }, 60_000);
  });
}
