import fc from 'fast-check';
import {
  avro,
  bytesOf,
  header,
  json,
  movement,
  POS,
  rejectionOf,
  run,
  sale,
  type Sent,
} from '../test/support.js';

describe('bytes from anyone', () => {
  /** Every record is accounted for: it has rows or a rejection, never both. */
  async function expectAccounted(sent: readonly Sent[]) {
    const { value, rejected } = await run(sent);
    const seen = [
      ...new Set(value.flatMap(({ recordIndex }) => [...recordIndex])),
      ...rejected.map(({ index }) => index),
    ];
    expect(seen.sort((left, right) => left - right)).toEqual(sent.map((_, index) => index));
  }

  const types = fc.option(fc.constantFrom(POS, 'retail.web', 'retail.stockout.signal', 'nobody'), {
    nil: undefined,
  });
  const contents = fc.constantFrom('application/avro', 'application/json', 'text/plain', '');

  test('never make the stage throw', async () => {
    const framed = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 120 }))
      .map(([id, bytes]) => Uint8Array.of(0, 0, 0, 0, id, ...bytes));
    const value = fc.oneof(fc.uint8Array({ maxLength: 120 }), framed, fc.json().map(bytesOf));
    const record = fc
      .record({ value, type: types, content: contents })
      .map(({ value: bytes, type, content }) => ({
        value: bytes,
        headers: type === undefined ? [] : [header('ce_type', type), header('content-type', content)],
      }));
    await fc.assert(fc.asyncProperty(fc.array(record, { maxLength: 20 }), expectAccounted), { numRuns: 500 });
  });

  test('nor do good bytes with some of them changed', async () => {
    const good = [avro(POS, sale), json(sale), avro('retail.inventory.movement', movement)];
    const change = fc.tuple(fc.nat(400), fc.nat(255));
    const property = fc.asyncProperty(
      fc.constantFrom(...good),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (bytes, changes) => {
        const changed = bytes.slice();
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        await expectAccounted([{ value: changed }, { value: bytes }]);
      },
    );
    await fc.assert(property, { numRuns: 2000 });
  });

  test('what is deeper than any event is refused before it costs time, and brackets in a text are none', async () => {
    const deep = (levels: number) => `{"email":${'['.repeat(levels)}${']'.repeat(levels)},`;
    const [, fields] = JSON.stringify(sale).split(/^\{/);
    expect(await rejectionOf({ value: bytesOf(deep(200_000) + fields) })).toMatchObject({
      reason: 'decode_failed',
      message: expect.stringContaining('more than 1000 deep'),
    });
    const text = `{"email":"\\\"${'[{\\\\'.repeat(5_000)}\\"","x":${'['.repeat(900)}${']'.repeat(900)},`;
    for (const value of [deep(900), text])
      expect(await run([{ value: bytesOf(value + fields) }])).toMatchObject({ rejected: [] });
  });

  test('a good record cut off anywhere is refused, and so is a longer one', async () => {
    const bytes = avro(POS, sale);
    for (let end = 1; end < bytes.length; end++)
      expect(await rejectionOf({ value: bytes.subarray(0, end) })).toMatchObject({
        reason: 'decode_failed',
        pointer: '',
      });
    const text = json(sale);
    for (let end = 1; end < text.length; end++)
      expect(await rejectionOf({ value: text.subarray(0, end) })).toMatchObject({ reason: 'decode_failed' });
  });
});
