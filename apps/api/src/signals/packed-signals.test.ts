import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Signal } from '@gondola/events';
import fc from 'fast-check';
import { signalWith } from '../../test/lake-fixture.js';
import { PackedSignals, plainSignal, signalJson, signalPacker } from './packed-signals.js';

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
      const packed = new PackedSignals();
      // More than a chunk holds, so that some are read from bytes and some from what still fills.
      const all = Array.from({ length: 1_030 }, (_, index) => few[index % few.length]);
      const numbers = all.map((one) => packed.add(one));
      expect([numbers[0], packed.oldest, packed.last, packed.size]).toEqual([1, 1, 1_030, 1_030]);
      for (const index of [0, 1, 500, 1_023, 1_024, 1_029]) {
        const read = packed.at(numbers[index]);
        expect(plainSignal(read)).toEqual(all[index]);
        for (const name of Object.keys(all[index]) as (keyof Signal)[])
          expect(read[name]).toEqual(all[index][name]);
      }
    }),
    { numRuns: 30 },
  );
});

it('is the JSON of what is read, with what is known beside, packed or not', () => {
  fc.assert(
    fc.property(signal, text, (one, itemName) => {
      const [packed] = signalPacker()([one]);
      const beside = ({ storeId }: Pick<Signal, 'storeId'>) => ({ itemName, of: storeId });
      for (const either of [one, packed])
        expect(JSON.parse(signalJson(either, beside))).toEqual({
          ...(JSON.parse(JSON.stringify(one)) as Signal),
          ...beside(one),
        });
    }),
  );
});

it('packs what is packed, as it was', () => {
  fc.assert(
    fc.property(fc.array(signal, { minLength: 1, maxLength: 5 }), (signals) => {
      const again = signalPacker()(signalPacker()(signals));
      expect(again.map(plainSignal)).toEqual(signals.map(plainSignal));
    }),
  );
});

it('forgets what it is told to, but for what is kept alone until that is released', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1_500 }), fc.boolean())), (forgotten) => {
      const packed = new PackedSignals();
      const ids = Array.from({ length: 1_500 }, (_, index) => `id ${index + 1}`);
      for (const signalId of ids) packed.add(signalWith({ signalId }));
      const alone = new Map<number, boolean>();
      for (const [number, keepAlone] of forgotten) {
        packed.forget(number, keepAlone);
        if (!alone.has(number)) alone.set(number, keepAlone);
      }
      const left = ids.flatMap((_, index) => (alone.has(index + 1) ? [] : [index + 1]));
      expect([packed.size, packed.oldest]).toEqual([left.length, left[0]]);
      for (const number of left) expect(packed.at(number).signalId).toBe(`id ${number}`);
      for (const [number, isAlone] of alone) {
        expect(packed.has(number)).toBe(false);
        if (isAlone) expect(packed.at(number).signalId).toBe(`id ${number}`);
        packed.release(number);
        expect(() => packed.at(number)).toThrow(RangeError);
      }
    }),
    { numRuns: 30 },
  );
});

/** Of arrays' bytes, once nobody holds those that are garbage. */
function heldMegabytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Bytes are freed beside the thread: the second one waits until those of the first are.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers / 1e6;
}

it('gives back the memory of what is forgotten, and goes on after any number of words', () => {
  const packed = new PackedSignals();
  const before = heldMegabytes();
  for (let at = 0; at < 210_000; at++) {
    packed.add(signalWith({ signalId: `id ${at}`, itemId: `item ${at}` }));
    if (at >= 10) packed.forget(packed.oldest, false);
  }
  expect(packed.size).toBe(10);
  for (let number = packed.oldest; number <= packed.last; number++)
    expect(packed.at(number)).toMatchObject({ signalId: `id ${number - 1}`, itemId: `item ${number - 1}` });
  // All of them would be about 100.
  expect(heldMegabytes() - before).toBeLessThan(10);
});

it('takes little memory of what comes in small files', () => {
  const before = heldMegabytes();
  const pack = signalPacker();
  const held = Array.from({ length: 2_000 }, (_, at) => pack([signalWith({ signalId: `id ${at}` })]));
  expect(heldMegabytes() - before).toBeLessThan(10);
  expect(held[1_999][0].signalId).toBe('id 1999');
});

it('holds nothing of where signals were copied from', () => {
  const signals = Array.from({ length: 40 * 1_024 }, (_, at) =>
    signalWith({ signalId: `id ${at}`, episodeId: 'x'.repeat(500) }),
  );
  const before = heldMegabytes();
  const packed = new PackedSignals();
  const copyOneOfEachChunk = () => {
    const copied = signalPacker()(signals);
    for (let at = 0; at < copied.length; at += 1_024) packed.add(copied[at]);
  };
  copyOneOfEachChunk();
  // All of them are about 25.
  expect(heldMegabytes() - before).toBeLessThan(5);
  expect(packed.at(40)).toMatchObject({ signalId: `id ${39 * 1_024}` });
});

it('keeps texts apart that end and begin with halves of a character', () => {
  const packed = new PackedSignals();
  for (let at = 0; at < 1_024; at++)
    packed.add(signalWith({ signalId: at === 3 ? 'id\ud83d' : at === 4 ? '\ude00id' : `id ${at}` }));
  expect(packed.at(6).signalId).toBe('id 5');
});

it('copies what is not packed', () => {
  const plain = signalWith({ signalId: 'a' });
  expect(plainSignal(plain)).toEqual(plain);
  expect(plainSignal(plain)).not.toBe(plain);
});
