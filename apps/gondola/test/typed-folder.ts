import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const schemaOf = (properties: object, required: readonly string[]) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties,
  required,
});

/** Writes a folder with one contract whose JSON Schema names a type, which names another one. */
export function writeTypedFolder(folder: string): void {
  const files: Readonly<Record<string, object | string>> = {
    'ids.json': { 'shop.code': { 1: 1 }, 'shop.money': { 1: 2 }, 'shop.sold': { 1: 3 } },
    'types/shop.code/v1.json': { ...schemaOf({ code: { type: 'string' } }, ['code']) },
    'types/shop.money/v1.json': schemaOf({ amount: { type: 'number' }, currency: { $ref: 'code.json' } }, [
      'amount',
    ]),
    'shop.sold/v1.json': schemaOf(
      {
        eventId: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        price: { $ref: 'money.json' },
      },
      ['eventId', 'at', 'price'],
    ),
    'shop.sold/contract.yaml': [
      'owner: o',
      'description: d',
      'compatibility: NONE',
      'roles: { eventId: eventId, eventTime: at }',
      'references:',
      '  "1":',
      '    - { name: code.json, subject: shop.code, version: 1 }',
      '    - { name: money.json, subject: shop.money, version: 1 }',
    ].join('\n'),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
