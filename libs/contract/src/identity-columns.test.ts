import fc from 'fast-check';
import { ByteValues, columnOf, columnSpec, plainValues } from '@gondola/stream';
import { contractOf, FILE, SCHEMA } from '../test/sale-contract.js';
import { Problem } from './problem.js';

const ITEM = { itemId: 'i', units: 1.5, price: 0.29 };
const text = fc.string({ unit: 'binary' });

test.each([['shop, number'], ['eventId'], ['soldAt, mode'], ['number, shop, eventId, soldAt, mode']])(
  'what silver keeps gives the identity again: %s',
  (fields) => {
    const contract = contractOf(FILE.replace('[shop, number]', `[${fields}]`));
    fc.assert(
      fc.property(
        fc.record({
          eventId: text,
          shop: text,
          mode: fc.constantFrom('REAL', 'TEST'),
          number: fc.maxSafeInteger(),
          soldAt: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) }),
        }),
        (sale) => {
          const event = contract.decodeJson({ ...sale, items: [ITEM] });
          if (event instanceof Problem) throw new Error(event.message);
          const builder = contract.newBatch(Buffer.alloc(0), 1);
          builder.append(event, 0, 1);
          const { table, eventId, eventTimeMs, identity } = builder.build();
          const ids = { spec: columnSpec('event_id', 'string'), values: ByteValues.of(textsOf(eventId)) };
          const times = {
            spec: columnSpec('event_time', 'timestamp'),
            values: eventTimeMs.map((ms) => ms * 1000),
          };
          const silver = { rows: table.rows, columns: [...table.columns, ids, times] };
          const values = contract.identity.columns.map((name) => plainValues(columnOf(silver, name))[0]);
          expect(contract.identity.identityOf(values)).toBe(identity[0]);
        },
      ),
    );
  },
);

test('an event time in microseconds is kept to the last of them, and may be part of an identity', () => {
  const fields = SCHEMA.fields.map((field) =>
    field.name === 'soldAt'
      ? { name: 'event_time', type: { type: 'long', logicalType: 'timestamp-micros' } }
      : field,
  );
  const file = FILE.replace('[shop, number]', '[shop, event_time]').replace('soldAt', 'event_time');
  const contract = contractOf(file, { ...SCHEMA, fields });
  const micros = fc.integer({ min: Date.UTC(2000, 0, 1) * 1000, max: Date.UTC(2100, 0, 1) * 1000 });
  fc.assert(
    fc.property(micros, (event_time) => {
      const event = contract.decodeJson({
        eventId: 'e',
        shop: 's',
        mode: 'REAL',
        number: 1,
        event_time,
        items: [ITEM],
      });
      if (event instanceof Problem) throw new Error(event.message);
      const builder = contract.newBatch(Buffer.alloc(0), 1);
      builder.append(event, 0, 1);
      const { eventTimeMs, identity } = builder.build();
      // As the silver sink writes it.
      const kept = Math.round(eventTimeMs[0] * 1000);
      expect(kept).toBe(event_time);
      expect(contract.identity.columns).toEqual(['shop', 'event_time']);
      expect(contract.identity.identityOf(['s', kept])).toBe(identity[0]);
    }),
  );
});

const textsOf = (values: Parameters<typeof plainValues>[0]['values']) =>
  plainValues({ spec: columnSpec('event_id', 'string'), values }) as readonly (string | null)[];
