import fc from 'fast-check';
import { keyAt, valueAt } from '@gondola/stream';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { columnsOfMessages } from './columns-of-messages.js';

const bytes = fc.option(fc.uint8Array({ maxLength: 6 }).map((one) => Buffer.from(one)));
const message = fc.record({
  hole: fc.nat({ max: 2 }),
  timestamp: fc.constantFrom('0', '1767225600000', '1767225600001'),
  key: bytes,
  value: bytes,
  headers: fc.constantFrom<IHeaders>({}, { a: Buffer.from('1'), b: ['2', Buffer.from('3')] }),
});

it('has of each message what the client gave, with holes between offsets and without', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), fc.boolean(), (given, hasHoles) => {
      let offset = 40;
      const messages = given.map(({ hole, ...one }): KafkaMessage => {
        offset += 1 + (hasHoles ? hole : 0);
        return { ...one, offset: String(offset), attributes: 0 };
      });
      const batch = columnsOfMessages('sales', 3, messages, offset + 1);
      expect(batch).toMatchObject({ count: messages.length, nextPosition: BigInt(offset) + 1n });
      messages.forEach(({ key, value, headers, ...one }, index) => {
        expect([keyAt(batch, index), valueAt(batch, index)]).toEqual([key, value]);
        expect(batch.timestampMs[index]).toBe(Number(one.timestamp));
        expect(batch.positions[index]).toBe(Number(one.offset));
        const texts = batch.headersAt(index).map((header) => `${header.key}=${String(header.value)}`);
        expect(texts).toEqual(Object.keys(headers ?? {}).length > 0 ? ['a=1', 'b=2', 'b=3'] : []);
      });
    }),
  );
});
