import { z } from 'zod';
import { count } from './fields.js';

const file = z.string().min(1, 'must name a file');

/** No user or password stands in an address: it is shown in logs. */
const address = z.url({ protocol: /^https?$/ }).refine((url) => {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}, 'must not hold a user or password: use basicAuth');

/** Of every registry that is asked over a network. */
const remoteFields = (kind: string) => ({
  /** Folder of its schemas in the lake; another for each registry of one lake. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z, 0-9 and -')
    .default(kind),
  /** For one answer. */
  deadlineMs: count(10, 600_000).default(5_000),
  /** How long its "there is no such schema" is believed. */
  unknownMs: count(0, 86_400_000).default(60_000),
  /** Questions at the same time. */
  requestsMax: count(1, 100).default(8),
});

const confluentRegistryFields = z
  .strictObject({
    kind: z.literal('confluent'),
    ...remoteFields('confluent'),
    /** Of one registry; tried in turn. */
    urls: z.array(address).min(1),
    caFile: file.optional(),
    basicAuth: z.strictObject({ username: z.string().min(1), passwordFile: file }).optional(),
    oauth: z
      .strictObject({
        endpoint: address,
        clientId: z.string().min(1),
        secretFile: file,
        scope: z.string().min(1),
        /** Confluent Cloud's `lsrc-...`; others do not look at it. */
        logicalCluster: z.string().min(1).default('none'),
        identityPoolId: z.string().min(1).optional(),
      })
      .optional(),
  })
  .refine(({ basicAuth, oauth }) => !basicAuth || !oauth, {
    path: ['oauth'],
    message: 'is not given beside basicAuth',
  });

/** Where the schemas of ids in records are; the contracts always come from `schemas`. */
export const registryFields = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('embedded') }),
    confluentRegistryFields,
    z.strictObject({
      kind: z.literal('glue'),
      ...remoteFields('glue'),
      region: z.string().min(1).optional(),
      endpoint: address.optional(),
    }),
    z.strictObject({
      kind: z.literal('azure'),
      ...remoteFields('azure'),
      namespace: z.string().regex(/^[A-Za-z0-9.-]+$/, 'must be <name>.servicebus.windows.net'),
    }),
  ])
  .default({ kind: 'embedded' });

export type RegistryConfig = z.output<typeof registryFields>;
