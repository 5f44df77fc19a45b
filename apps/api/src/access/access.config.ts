import { isIP } from 'node:net';
import { oidcFields } from '@gondola/access';
import { count } from '@gondola/config';
import { z } from 'zod';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

function isRange(text: string): boolean {
  const [address, bits, ...rest] = text.split('/');
  const family = isIP(address);
  const bitsMax = family === 4 ? 32 : 128;
  return (
    family !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= bitsMax))
  );
}

/** Who may ask. Neither `keysFile` nor `oidc`: everybody on this machine, and nobody else. */
export const accessFields = z
  .strictObject({
    /** Callers and the hashes of their keys; `gondola keys create` makes it. Read again when it changes. */
    keysFile: z.string().min(1).optional(),
    oidc: oidcFields.optional(),
    /** A session of the board, for which a person gave a key. */
    session: z
      .strictObject({
        /**
         * File with the secret that cookies are signed with, the same for every instance. Left out: each process has its own, and
         * sessions end with it.
         */
        keyFile: z.string().min(1).optional(),
        hours: count(1, 168).default(12),
      })
      .prefault({}),
    /** Pages of other hosts that may ask with a key, such as https://shop.example.org. */
    origins: z
      .array(z.string().refine(isOrigin, 'must be like https://shop.example.org'))
      .max(100)
      .default([]),
    /** Addresses and ranges of proxies in front of this api, whose `x-forwarded-for` is believed. */
    proxies: z
      .array(z.string().refine(isRange, 'must be an address or a range, like 10.0.0.0/8'))
      .max(100)
      .default([]),
    /** Of a caller whose entry says nothing else, on this instance. */
    requestsPerSecond: z.number().positive().default(100),
    /** Of all callers together, on this instance. */
    environmentRequestsPerSecond: z.number().positive().default(1_000),
  })
  .prefault({});

export type AccessConfig = z.output<typeof accessFields>;

export const isGuarded = ({ keysFile, oidc }: Pick<AccessConfig, 'keysFile' | 'oidc'>): boolean =>
  keysFile !== undefined || oidc !== undefined;

/** Added to the checks of the whole configuration. */
export function requireKeysOffLoopback(
  config: {
    readonly environment: string;
    readonly http: { readonly host: string };
    readonly access: AccessConfig;
  },
  context: z.core.$RefinementCtx,
): void {
  const { environment, http, access } = config;
  if (isGuarded(access) || LOOPBACK.test(http.host)) return;
  context.addIssue({
    code: 'custom',
    path: ['access'],
    message:
      `others reach http.host ${http.host}, so keysFile or oidc must say who may ask: ` +
      `npx gondola keys create --file callers.yaml --environment ${environment} --caller board --scopes read,verdict`,
  });
}
