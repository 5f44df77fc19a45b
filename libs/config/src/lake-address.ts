import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { environmentField } from './fields.js';
import { parseConfig } from './parse-config.js';

const placeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'must be the name of a bucket or container');
/** Without slashes at its ends. */
const prefix = z
  .string()
  .refine((path) => path === '' || path.split('/').every((part) => !/^\.{0,2}$/.test(part)), {
    message: 'must be a path such as shops/lake',
  })
  .default('');
/** No user, no password and no token in it: what it is made of is shown. */
const endpoint = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+(\/[^?#@\s]*)?$/, 'must be a URL such as https://host');

const addressFields = z.discriminatedUnion('store', [
  z.strictObject({ store: z.literal('local'), folder: z.string().min(1, 'must name a folder') }),
  z.strictObject({
    store: z.literal('s3'),
    bucket: placeName,
    prefix,
    region: z.string().min(1).optional(),
    /** Of a store that speaks S3; Amazon's when not set. */
    endpoint: endpoint.optional(),
    /** The bucket in the path, not in the host name; true where an endpoint is set. */
    pathStyle: z.stringbool().or(z.boolean()).optional(),
  }),
  z.strictObject({
    store: z.literal('azure'),
    container: placeName,
    prefix,
    /** Signed in to as whoever Entra ID says; without it and `endpoint`: AZURE_STORAGE_CONNECTION_STRING. */
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
      .optional(),
    /** Blob endpoint where it is not that of Azure's public cloud. */
    endpoint: endpoint.optional(),
  }),
]);

/** Where a lake is. Never holds a secret: those come from the environment. */
export type LakeAddress = z.output<typeof addressFields>;

/**
 * A folder, `file:///folder`, `s3://bucket/prefix?region=…&endpoint=…&pathStyle=…`, `az://container/prefix?account=…&endpoint=…`,
 * or the same as fields.
 */
export const lakeField = z.preprocess(
  (raw, context) => (typeof raw === 'string' ? fieldsOf(raw, context) : raw),
  addressFields,
);

const PLACES: Readonly<Record<string, { store: string; place: string }>> = {
  s3: { store: 's3', place: 'bucket' },
  az: { store: 'azure', place: 'container' },
};

function fieldsOf(text: string, context: { addIssue(message: string): void }): unknown {
  const [, scheme, place = '', path = '', query = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)\/?([^?#]*)(?:\?(.*))?$/is.exec(text) ?? [];
  if (scheme === undefined) return { store: 'local', folder: text };
  if (scheme === 'file' && place === '') return { store: 'local', folder: fileURLToPath(text) };
  const kind = PLACES[scheme];
  if (kind)
    return {
      ...Object.fromEntries(new URLSearchParams(query)),
      store: kind.store,
      [kind.place]: place,
      prefix: path.replace(/\/+$/, ''),
    };
  context.addIssue('must be a folder, or begin with file:///, s3:// or az://');
  return z.NEVER;
}

const lakeOption = z.strictObject({ lake: lakeField, environment: environmentField.optional() });

/** What a `--lake` option names, for `environment`. Errors: `config_invalid`, `environment_mismatch`. */
export function parseLakeAddress(text: string, environment?: string): LakeAddress {
  return parseConfig('--lake', lakeOption, { lake: text, environment }).lake;
}
