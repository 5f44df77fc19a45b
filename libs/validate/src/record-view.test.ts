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

  test('shows of a value in the wrong place its shape, and what is of its type', () => {
    const text = {
      ...sale,
      currencyCode: 'COP',
      businessDayDate: '2026-11-23',
      transactionType: 'a.perez@x.com',
    };
    const [line] = sale.lines;
    const lines = [{ ...line, quantity: '$ 4539 5787', unitPrice: { [NAME]: 1 } }];
    expect(
      show(json({ ...text, sequenceNumber: NAME, beginDateTime: '23/11/2026 Ana', lines })).fields,
    ).toMatchObject({
      currencyCode: 'COP',
      businessDayDate: '2026-11-23',
      transactionType: '(text like x.xxxxx@x.xxx)',
      sequenceNumber: '(text like xxxxxxx xxxxx)',
      beginDateTime: '(text like 99/99/9999 xxx)',
      lines: [{ itemId: 'I1', quantity: '(text like $ 9999 9999)', unitPrice: '(object)' }],
    });
    const envelope = { specversion: '1.0', id: 1, source: 'mailto:ana@x.com', type: POS, data: {} };
    expect(show(json(envelope)).fields).toMatchObject({ source: '(text like xxxxxx:xxx@x.xxx)', type: POS });
  });

  test('says of bytes that do not decode what can be read, without texts', () => {
    const bytes = avro(POS, { ...sale, ...PERSON });
    const { fields, hex } = show(bytes.subarray(0, bytes.length - 30));
    expect(fields).toMatchObject({ eventId: '(text of 2 characters)', sequenceNumber: 1 });
    expect(hex).toMatch(/^00 00 00 00 01 04 ·· ·· /);
    const { text } = show(json({ ...sale, ...PERSON }).subarray(0, 60));
    expect(text).toMatch(/^{"eventId":"xx","retailStoreId":"xx",/);
  });

  test('shows no letters as the number that they would be', () => {
    const viewed = { name: 'view_item', eventId: 'e', eventTime: NOW_MS, sessionId: 's', itemId: 'A' };
    const bytes = Buffer.from(avro('retail.web', { ...viewed, quantity: 2, price: 3 }));
    const price = Buffer.alloc(8);
    price.writeDoubleLE(3);
    const shifted = Buffer.concat([
      bytes.subarray(0, bytes.indexOf(price)),
      Buffer.from(NAME).subarray(0, 8),
    ]);
    expect(show(shifted).fields).toMatchObject({ quantity: 2, price: '(number)' });
  });

  test('shows no attribute of an envelope that is more than a text, and no text that moves a cursor', () => {
    const envelope = {
      specversion: '1.0',
      type: POS,
      source: { by: NAME },
      id: [NAME],
      time: '\u009b2J\u001b[2J',
    };
    const { fields } = show(json({ ...envelope, data: { itemId: [[NAME]] } }));
    expect(fields).toEqual({
      specversion: '1.0',
      type: POS,
      source: '(object)',
      id: '(list of 1)',
      time: '\uFFFD2J\uFFFD[2J',
      data: { itemId: '(list of 1)' },
    });
  });

  test.each([
    '#',
    '{"lines":#}',
    '{"eventId":#}',
    '{"x":#}',
    `{"specversion":"1.0","type":"${POS}","id":#,"data":#}`,
  ])('is no stack overflow however deep it is: %s', (form) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const shown = show(Buffer.from(form.replaceAll('#', deep)));
    expect(JSON.stringify(shown).length).toBeLessThan(2000);
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
