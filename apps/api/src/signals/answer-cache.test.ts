import type { Incident } from '@gondola/events';
import type { HttpReply } from '@gondola/nest';
import { cleanUp, newLake, start, until, type Json } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { AnswerCache, answerJson } from './answer-cache.js';

afterEach(cleanUp);

function replyOf() {
  const headers: Record<string, string> = {};
  const reply = {
    header(name: string, value: string) {
      headers[name] = value;
      return reply;
    },
  };
  return { headers, reply: reply as unknown as HttpReply };
}

it('makes an answer once for each question and version', () => {
  let version = 1;
  let made = 0;
  const cache = new AnswerCache(() => String(version));
  const ask = (question: string) => {
    const { headers, reply } = replyOf();
    const body = cache.answer(reply, question, () => answerJson({}, { question, version, made: ++made }));
    return { ...(JSON.parse(body.toString()) as { made: number }), tag: headers['etag'] };
  };
  const first = ask('a');
  expect(ask('a')).toEqual(first);
  expect(ask('b').tag).not.toBe(first.tag);
  version = 2;
  expect(ask('a')).toMatchObject({ version: 2, made: 3 });
});

it('keeps 4 MB of answers of one version, whatever is asked', () => {
  let version = 1;
  let made = 0;
  const cache = new AnswerCache(() => String(version));
  const isKept = (bytes: number, question: string) => {
    const before = made;
    for (let n = 0; n < 2; n++)
      cache.answer(replyOf().reply, question, () => {
        made++;
        return Buffer.alloc(bytes);
      });
    return made === before + 1;
  };
  expect(isKept(3_000_000, 'a')).toBe(true);
  expect(isKept(1_000_000, 'b')).toBe(false);
  expect(isKept(990_000, 'c')).toBe(true);
  expect(isKept(10_000, 'd')).toBe(false);
  version = 2;
  expect(isKept(3_990_000, 'e')).toBe(true);
});

it('keeps few small answers of questions that somebody makes up', () => {
  let made = 0;
  const cache = new AnswerCache(() => '');
  const ask = (n: number) =>
    cache.answer(replyOf().reply, `${n}`, () => {
      made++;
      return Buffer.from('{}');
    });
  for (let n = 0; n < 10_000; n++) ask(n);
  for (let n = 0; n < 10_000; n++) ask(n);
  expect(20_000 - made).toBeLessThan(8_000);
});

it('keeps nothing of a question that is refused', () => {
  const cache = new AnswerCache(() => '');
  const refuse = () => {
    throw new Error('refused');
  };
  expect(() => cache.answer(replyOf().reply, 'a', refuse)).toThrow('refused');
  const answer = cache.answer(replyOf().reply, 'a', () => answerJson({}, { well: true }));
  expect(JSON.parse(answer.toString())).toEqual({ well: true });
});

it('puts lists of JSON beside the rest of an answer', () => {
  interface Answer {
    readonly all: readonly string[];
    readonly next: string | null;
  }
  for (const all of [[], ['ñ'], ['leche', '€ 😀']]) {
    const body = answerJson<Answer, 'all'>({ all: all.map((one) => JSON.stringify(one)) }, { next: 'a"ñ' });
    expect(JSON.parse(body.toString())).toEqual({ all, next: 'a"ñ' });
  }
});

/** The clock of the api stands still, so that no answer is made anew because time went by. */
it('follows all that an answer is made of: names, verdicts, incidents, signals', async () => {
  const lake = await newLake();
  await lake.addSignals([signalWith({ signalId: 's', storeId: '1001', itemId: 'milk' })]);
  const { get } = await start(lake, { pollMs: 10 });
  const first = async (path: string) => {
    const { body } = await get(path);
    return ((body['shelves'] ?? body['signals']) as Json[])[0];
  };
  const become = async (name: string, value: unknown) => {
    for (const path of ['/shelves', '/signals'])
      await until(`${path} has ${name}`, async () => {
        const found = (await first(path))[name];
        return JSON.stringify(found) === JSON.stringify(value);
      });
  };
  await become('itemName', null);
  await lake.addItems([{ item_id: 'milk', name: 'Leche' }]);
  await become('itemName', 'Leche');
  await lake.addStores([{ retail_store_id: '1001', name: 'Centro', city: null }]);
  await become('storeName', 'Centro');
  const dead: Incident = {
    ...{ incidentId: 'dead', environment: 'dev', kind: 'feed_dead', storeId: '1001', state: 'open' },
    ...{ workstationId: null, itemId: null, region: null, currency: null, facts: {}, lostSalesPerHour: null },
    ...{ atMs: NOON_MS, sinceMs: NOON_MS, probability: 0.9, stores: 1, shelves: 4 },
  };
  await lake.addIncidents([dead]);
  await become('incidentId', 'dead');
  const verdict = {
    ...{ eventId: 'v', signalId: 's', checkId: null, storeId: '1001', itemId: 'milk', undoes: null },
    ...{ actor: null, channel: 'board' },
  };
  const atMs = NOON_MS + 6 * HOUR_MS - 60_000;
  await lake.addVerdicts([{ ...verdict, eventId: 't', verdict: 'TAKEN', atMs }]);
  await become('taken', { eventId: 't', channel: 'board', atMs, untilMs: atMs + 30 * 60_000 });
  await lake.addVerdicts([{ ...verdict, verdict: 'FILLED', atMs: atMs + 1 }]);
  await become('taken', null);
  expect((await first('/shelves'))['lastVerdict']).toMatchObject({ verdict: 'FILLED' });
  const later = { storeId: '1001', itemId: 'milk', atMs: NOON_MS + HOUR_MS };
  await lake.addSignals([signalWith({ signalId: 's2', ...later })]);
  await become('signalId', 's2');
});
