import { GondolaError, type ObjectStore } from '@gondola/stream';
import { SchemaLog, type LoggedSchema } from './schema-log.js';

const away = new GondolaError('lake_unavailable', 'the store is away', true);
const schema = (id: number): LoggedSchema => ({ id, kind: 'avro', text: `"text ${id}"` }) as never;

/** Objects in memory; `fail` names the call that fails next, and how many of its kind work before. */
function flakyStore() {
  const objects = new Map<string, Uint8Array>();
  let failing: { call: 'get' | 'putIfAbsent'; after: number } | null = null;
  const meet = (call: 'get' | 'putIfAbsent') => {
    if (failing?.call !== call || failing.after-- > 0) return;
    failing = null;
    throw away;
  };
  const store: Pick<ObjectStore, 'get' | 'list' | 'putIfAbsent'> = {
    async get(path) {
      meet('get');
      return objects.get(path) ?? null;
    },
    async putIfAbsent(path, bytes) {
      meet('putIfAbsent');
      if (objects.has(path)) return false;
      objects.set(path, bytes);
      return true;
    },
    list: async (folder, startAfter = '') =>
      [...objects.keys()]
        .filter((path) => path.startsWith(`${folder}/`) && path.slice(folder.length + 1) > startAfter)
        .sort()
        .map((path) => ({ path, bytes: 1, modifiedMs: 0 })),
  };
  return {
    openLog: () => new SchemaLog(store as ObjectStore, 'dev/_schemas/main'),
    fail: (call: 'get' | 'putIfAbsent', after: number) => (failing = { call, after }),
  };
}

const idsOf = (news: Awaited<ReturnType<SchemaLog['news']>>) =>
  news.map(({ schema: { id }, generation }) => [id, generation]);

describe('the log of schemas', () => {
  let lake: ReturnType<typeof flakyStore>;
  beforeEach(async () => {
    lake = flakyStore();
    const other = lake.openLog();
    await other.append([schema(1)]);
    await other.append([schema(2)]);
  });

  it('that breaks off while it is read has told nothing, and tells all of it the next time', async () => {
    const log = lake.openLog();
    lake.fail('get', 1);
    await expect(log.news()).rejects.toBe(away);
    expect(log.generation).toBe(0);
    expect(idsOf(await log.news())).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it.each([
    ['putIfAbsent', 0],
    ['get', 2],
  ] as const)(
    'to which nothing can be appended (%s, %i) forgets nothing of what others did',
    async (call, after) => {
      const log = lake.openLog();
      lake.fail(call, after);
      await expect(log.append([schema(2), schema(3)])).rejects.toBe(away);
      expect(log.generation).toBe(0);
      expect(idsOf(await log.append([schema(2), schema(3)]))).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
      expect(log.generation).toBe(3);
    },
  );
});
