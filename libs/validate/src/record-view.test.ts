import fc from 'fast-check';
import { recordBatchOf } from '@gondola/stream';
import { avro, json, NOW_MS, POS, registry, sale } from '../test/support.js';
import { createShowRecord } from './record-view.js';

const NAME = 'Planted Pérez';
const PERSON = { customerId: NAME, loyaltyId: NAME, operatorId: NAME };
const showRecord = createShowRecord({ registry, defaultSubject: POS });

const show = (value: Uint8Array) =>
  showRecord(recordBatchOf('events', '0', 0n, [{ key: null, value, timestampMs: NOW_MS }]), 0);

describe('a record that is shown', () => {
  test('is decoded as its contract says, but for what is personal', () => {
    for (const value of [avro(POS, { ...sale, ...PERSON }), json({ ...sale, ...PERSON })])
      expect(show(value)).toMatchObject({
        subject: POS,
        text: null,
        fields: { eventId: 'e1', lines: [{ quantity: 2 }], customerId: '(text of 13 characters)' },
      });
  });

  test('says of bytes that do not decode what can be read, without texts', () => {
    const bytes = avro(POS, { ...sale, ...PERSON });
    const { fields, hex } = show(bytes.subarray(0, bytes.length - 30));
    expect(fields).toMatchObject({ eventId: '(text of 2 characters)', sequenceNumber: 1 });
    expect(hex).toMatch(/^00 00 00 00 01 04 ·· ·· /);
    const { text } = show(json({ ...sale, ...PERSON }).subarray(0, 60));
    expect(text).toMatch(/^{"eventId":"xx","retailStoreId":"xx",/);
  });

  test('never shows who it is of, though some of its bytes are changed or missing', () => {
    const good = [avro(POS, { ...sale, ...PERSON }), json({ ...sale, ...PERSON })];
    const property = fc.property(
      fc.constantFrom(...good),
      fc.option(fc.tuple(fc.nat(600), fc.nat(255))),
      fc.option(fc.nat(600)),
      (bytes, change, kept) => {
        const value = bytes.slice();
        if (change) value[change[0] % value.length] = change[1];
        const shown = JSON.stringify(show(kept === null ? value : value.subarray(0, kept % value.length)));
        const bare = shown.replaceAll(' ', '');
        for (const part of ['Planted', 'lanted', 'Pérez', 'Plante']) {
          expect(shown).not.toContain(part);
          expect(bare).not.toContain(Buffer.from(part).toString('hex'));
        }
      },
    );
    fc.assert(property, { numRuns: 3000 });
  });
});
