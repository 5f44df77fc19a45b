import { Contract } from '../src/contract.js';

export const FILE = `
owner: tests
description: A sale whose schema is a JSON Schema
roles: { eventId: eventId, eventTime: soldAt }
`;

export const SOLD_AT = '2026-01-05T08:00:00.123Z';

/** What every event must have, for schemas that say more. */
export const ROLES = { eventId: { type: 'string' }, soldAt: { type: 'string', format: 'date-time' } };

/** A contract whose versions are these JSON Schemas. */
export function jsonContractOf(schemas: readonly object[], text = FILE): Contract {
  const versions = schemas.map((schema, index) => ({
    version: index + 1,
    id: index + 1,
    kind: 'json' as const,
    text: JSON.stringify(schema),
  }));
  return new Contract({ subject: 'shop.sold', text, versions, where: 'shop.sold' });
}

/** A schema of an event with these fields besides those that it must have. */
export const eventOf = (properties: object, required: readonly string[] = [], rest: object = {}) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['eventId', 'soldAt', ...required],
  properties: { ...ROLES, ...properties },
  ...rest,
});
