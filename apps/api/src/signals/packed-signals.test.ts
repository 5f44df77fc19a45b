import type { Signal } from '@gondola/events';
import fc from 'fast-check';
import { signalWith } from '../../test/lake-fixture.js';
import { packedAlone, plainSignal, SignalPacker } from './packed-signals.js';

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const numberOrNull = fc.option(number);
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const signal: fc.Arbitrary<Signal> = fc
  .record({
    ...{ signalId: text, episodeId: text, storeId: text, itemId: text, currency: fc.option(text) },
    ...{ atMs: number, expectedAtMs: numberOrNull, onHandRecord: numberOrNull, lostSales: numberOrNull },
    soldLast24h: fc.array(number, { maxLength: 3 }),
    evidence: fc.array(
      fc.record({ name: fc.constant('zero_sales' as const), weight: number, facts: fc.constant({}) }),
      {
        maxLength: 2,
      },
    ),
  })
  .map(signalWith);

it('gives back what was put in, field by field and as a whole', () => {
  fc.assert(
    fc.property(fc.array(signal, { minLength: 1, maxLength: 5 }), (few) => {
      const packer = new SignalPacker();
      // More than a chunk holds, so that some are read from bytes and some from what still fills.
      const all = Array.from({ length: 1_030 }, (_, index) => few[index % few.length]);
      const packed = all.map((one) => packer.pack(one));
      for (const index of [0, 1, 500, 1_023, 1_024, 1_029]) {
        expect(plainSignal(packed[index])).toEqual(all[index]);
        for (const name of Object.keys(all[index]) as (keyof Signal)[])
          expect(packed[index][name]).toEqual(all[index][name]);
      }
      expect(plainSignal(packedAlone(few[0]))).toEqual(few[0]);
    }),
    { numRuns: 30 },
  );
});

it('copies what is not packed', () => {
  const plain = signalWith({ signalId: 'a' });
  expect(plainSignal(plain)).toEqual(plain);
  expect(plainSignal(plain)).not.toBe(plain);
});
