import type { ObjectInfo, ObjectStore } from '@gondola/stream';

export interface ObjectStoreHarness {
  /** The store of an empty lake. Several stores of one harness are one lake, as several processes see it. */
  open(): Promise<ObjectStore>;
  close(): Promise<void>;
}

const WRITERS = 50;
const ROUNDS = 20;

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);
const textOf = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes);
const pathsOf = (objects: readonly ObjectInfo[]) => objects.map(({ path }) => path);

/** The suite that every object store passes: same answers on a disk and in a cloud. */
export function describeObjectStore(name: string, start: () => Promise<ObjectStoreHarness>): void {
  describe(`${name} as an object store`, () => {
    let harness: ObjectStoreHarness;
    let store: ObjectStore;
    beforeAll(async () => {
      harness = await start();
      store = await harness.open();
    }, 60_000);
    afterAll(() => harness.close());

    const allBelow = async (folder: string) => {
      const found: ObjectInfo[] = [];
      for await (const object of store.listAll(folder)) found.push(object);
      return found.sort((left, right) => (left.path < right.path ? -1 : 1));
    };

    it('lets exactly one of many writers create a name, and every reader sees that one', async () => {
      const stores = [store, await harness.open(), await harness.open()];
      for (let round = 0; round < ROUNDS; round++) {
        const path = `race/${String(round).padStart(20, '0')}.json`;
        const wins = await Promise.all(
          Array.from({ length: WRITERS }, (_, writer) =>
            stores[writer % stores.length]?.putIfAbsent(path, bytesOf(`round ${round}, writer ${writer}`)),
          ),
        );
        expect(wins.filter((isWinner) => isWinner)).toHaveLength(1);
        expect(textOf(await store.get(path))).toBe(`round ${round}, writer ${wins.indexOf(true)}`);
      }
    }, 120_000);

    it('keeps the first object under a name, also against the very same bytes', async () => {
      expect(await store.putIfAbsent('absent/0', bytesOf('first'))).toBe(true);
      expect(await store.putIfAbsent('absent/0', bytesOf('second'))).toBe(false);
      expect(await store.putIfAbsent('absent/0', bytesOf('first'))).toBe(false);
      expect(textOf(await store.get('absent/0'))).toBe('first');
    });

    it('creates a name again once its object was deleted', async () => {
      await store.putIfAbsent('again', bytesOf('1'));
      await store.delete('again');
      expect(await store.putIfAbsent('again', bytesOf('2'))).toBe(true);
      expect(textOf(await store.get('again'))).toBe('2');
    });

    it('answers null for what is not there, and may delete it', async () => {
      expect(await store.get('no/such')).toBeNull();
      await store.delete('no/such');
      expect(await store.list('no')).toEqual([]);
      expect(await allBelow('no')).toEqual([]);
    });

    it('keeps an empty object', async () => {
      await store.put('empty/put', new Uint8Array());
      expect(await store.putIfAbsent('empty/created', new Uint8Array())).toBe(true);
      expect(await store.get('empty/put')).toEqual(new Uint8Array());
      expect(await store.list('empty')).toMatchObject([
        { path: 'empty/created', bytes: 0 },
        { path: 'empty/put', bytes: 0 },
      ]);
    });

    it.each([0, 1, 8 << 20])('gives back 40 MB and %s bytes as they were', async (more) => {
      const bytes = new Uint8Array(40_000_000 + more);
      for (let at = 0; at < bytes.length; at += 4093) bytes[at] = at >> 8;
      await store.put('large', bytes);
      const found = await store.get('large');
      expect(found?.length).toBe(bytes.length);
      expect(Buffer.compare(found ?? new Uint8Array(), bytes)).toBe(0);
      expect(await store.list('')).toContainEqual(
        expect.objectContaining({ path: 'large', bytes: bytes.length }),
      );
    });

    it('creates a large object only where none is', async () => {
      expect(await store.putIfAbsent('large-created', new Uint8Array(20_000_000).fill(1))).toBe(true);
      expect(await store.putIfAbsent('large-created', new Uint8Array(20_000_000).fill(2))).toBe(false);
      expect((await store.get('large-created'))?.[19_999_999]).toBe(1);
    });

    it('gives a plain array whose slice is a copy', async () => {
      await store.put('plain', bytesOf('abc'));
      const found = await store.get('plain');
      found?.slice(0, 1).fill(0);
      expect(textOf(found)).toBe('abc');
    });

    it.each([
      'a b  c',
      'event_date=2024-03-28',
      'event_date=2024-03-28 00%3A00',
      'a+b&c',
      '100%',
      'ñandú-店铺-полка',
      "it's (1) !~*",
      '#1?x=y',
      '"<tag>"',
      '.hidden',
    ])('takes %j as the name of a folder and of an object', async (part) => {
      const path = `names/${part}/${part}`;
      await store.put(path, bytesOf(part));
      expect(textOf(await store.get(path))).toBe(part);
      expect(await store.putIfAbsent(path, bytesOf('other'))).toBe(false);
      expect(pathsOf(await store.list(`names/${part}`))).toEqual([path]);
      expect(pathsOf(await allBelow(`names/${part}`))).toEqual([path]);
      await store.delete(path);
      expect(await store.get(path)).toBeNull();
    });

    it('lists one folder in name order, after a name, without what is below or beside it', async () => {
      const paths = ['f/b', 'f/a', 'f/B', 'f/_x', 'f/10', 'f/9', 'f/deeper/c', 'f-beside/d', 'f.e', 'f2/g'];
      for (const path of paths) await store.put(path, bytesOf(path));
      expect(pathsOf(await store.list('f'))).toEqual(['f/10', 'f/9', 'f/B', 'f/_x', 'f/a', 'f/b']);
      expect(pathsOf(await store.list('f', 'B'))).toEqual(['f/_x', 'f/a', 'f/b']);
      expect(pathsOf(await store.list('f', 'Bb'))).toEqual(['f/_x', 'f/a', 'f/b']);
      expect(await store.list('f', 'zzz')).toEqual([]);
      expect(pathsOf(await allBelow('f'))).toEqual([
        'f/10',
        'f/9',
        'f/B',
        'f/_x',
        'f/a',
        'f/b',
        'f/deeper/c',
      ]);
    });

    it('lists more objects than fit into one answer, with their sizes', async () => {
      const names = Array.from({ length: 1_200 }, (_, index) => String(index).padStart(20, '0'));
      const left = names.values();
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (const name of left) await store.put(`many/${name}.json`, bytesOf(name));
        }),
      );
      await store.put('many/below/one', bytesOf('1'));
      const paths = names.map((name) => `many/${name}.json`);
      const found = await store.list('many');
      expect(pathsOf(found)).toEqual(paths);
      expect(found.every(({ bytes }) => bytes === 20)).toBe(true);
      expect(pathsOf(await store.list('many', `${names[1_150]}.json`))).toEqual(paths.slice(1_151));
      expect(pathsOf(await store.list('many', String(names[1_150])))).toEqual(paths.slice(1_150));
      expect(pathsOf(await allBelow('many'))).toEqual([...paths, 'many/below/one']);
    }, 120_000);

    it('says when an object was written, later for what was written later', async () => {
      await store.put('times/1', bytesOf('1'));
      await store.put('times/2', bytesOf('2'));
      const [first, second] = await store.list('times');
      expect(first?.modifiedMs).toBeGreaterThan(Date.UTC(2020, 0, 1));
      expect(second?.modifiedMs).toBeGreaterThanOrEqual(first?.modifiedMs ?? Infinity);
      const fromAll = await allBelow('times');
      expect(fromAll.map(({ path }) => path)).toEqual(['times/1', 'times/2']);
      // Some stores say whole seconds in one listing and milliseconds in the other.
      for (const [index, info] of [first, second].entries())
        expect(Math.abs((fromAll[index]?.modifiedMs ?? 0) - (info?.modifiedMs ?? 0))).toBeLessThan(1_000);
    });

    it('lists the whole lake from its root', async () => {
      await store.put('root-object', bytesOf('1'));
      expect(pathsOf(await store.list(''))).toContain('root-object');
      const all = pathsOf(await allBelow(''));
      expect(all).toContain('root-object');
      expect(all).toContain('f/deeper/c');
    });

    it.each(['../outside', 'a/../../outside', '/outside'])(
      'refuses %s, which leads out of the lake',
      async (path) => {
        await expect(async () => store.put(path, bytesOf('x'))).rejects.toThrow('not inside the lake');
        await expect(async () => store.get(path)).rejects.toThrow('not inside the lake');
      },
    );
  });
}
