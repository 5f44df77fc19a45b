import { Contract } from '../src/contract.js';

const millis = { type: 'long', logicalType: 'timestamp-millis' };

/** A sale with its items, which become rows. */
export const SCHEMA = {
  type: 'record',
  name: 'Sale',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'soldAt', type: millis },
    { name: 'shop', type: 'string' },
    { name: 'buyer', type: ['null', 'string'], default: null },
    { name: 'mode', type: { type: 'enum', name: 'Mode', symbols: ['REAL', 'TEST'] }, default: 'REAL' },
    { name: 'number', type: 'long', default: 0 },
    { name: 'paidAt', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }], default: null },
    { name: 'tags', type: { type: 'map', values: 'string' }, default: {} },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'itemId', type: 'string' },
            { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['OUT', 'BACK'] }, default: 'OUT' },
            { name: 'units', type: 'double' },
            { name: 'price', type: ['null', 'double'], default: null },
            { name: 'codes', type: { type: 'array', items: 'int' }, default: [] },
          ],
        },
      },
    },
  ],
};

export const FILE = `
owner: tests
description: A sale
types: [shop.sold]
rows: items
identity: [shop, number]
roles: { eventId: eventId, eventTime: soldAt }
columns: { units: 'decimal(9,3)', price: 'decimal(18,4)' }
personal: { buyer: token }
shelf:
  store: shop
  item: itemId
  quantity: units
  unitPrice: price
  kind: kind
  effects: { OUT: sale, BACK: return }
  ignoreWhen: { mode: [TEST] }
rules:
  - { name: unitsPositive, check: 'each items: units > 0 || shop == itemId', message: units are positive, pointer: /items/*/units }
  - { name: priceKnown, check: 'each items: price >= 0', message: not negative, pointer: /items/*/price }
`;

export function contractOf(text = FILE, ...schemas: readonly object[]) {
  const given = schemas.length === 0 ? [SCHEMA] : schemas;
  const versions = given.map((schema, index) => ({
    version: index + 1,
    id: 70 + index,
    text: JSON.stringify(schema),
  }));
  return new Contract({ subject: 'shop.sale', text, versions, where: 'schemas/shop.sale' });
}
