import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';
import { z } from 'zod';
import type { HttpRequest } from '@gondola/nest';
import type { Producer } from './producer-keys.js';

/** How senders that can carry no key prove who they are. */
export const webhookSchema = z.strictObject({
  /** File with the secret that the sender signs with. */
  secretFile: z.string().min(1),
  /** The address that the sender was given, to the letter: Square signs it with the body. */
  url: z.url().nullable().default(null),
});

/** Header of the signature: HMAC-SHA-256 in Base64, of the body or of address and body. */
const SIGNATURE_HEADERS = {
  shopify: 'x-shopify-hmac-sha256',
  square: 'x-square-hmacsha256-signature',
} as const;
type Signed = keyof typeof SIGNATURE_HEADERS;

export interface Webhook {
  readonly producer: Producer;
  isSigned(body: Buffer, headers: HttpRequest['headers']): boolean;
}

/** Errors: `config_invalid`. */
export function openWebhook(producer: Producer): Webhook | null {
  const { webhook, format } = producer;
  if (!webhook) return null;
  const where = `keysFile: the webhook of ${producer.producer}`;
  if (!isSigner(format))
    throw new SetupError('config_invalid', `${where}: only the formats shopify and square are signed`);
  if (format === 'square' && webhook.url === null)
    throw new SetupError(
      'config_invalid',
      `${where}: url is missing: Square signs its address with the body`,
    );
  const secret = readSecret(webhook.secretFile, where);
  const address = format === 'square' ? (webhook.url ?? '') : '';
  return {
    producer,
    isSigned: (body, headers) => {
      const given = Buffer.from(String(headers[SIGNATURE_HEADERS[format]] ?? ''), 'base64');
      const expected = createHmac('sha256', secret).update(address).update(body).digest();
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

const isSigner = (format: string): format is Signed => Object.hasOwn(SIGNATURE_HEADERS, format);

function readSecret(path: string, where: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new SetupError('config_invalid', `${where}: secretFile ${path} cannot be read`, { cause: error });
  }
  // An empty secret would be everybody's.
  if (secret === '') throw new SetupError('config_invalid', `${where}: secretFile ${path} is empty`);
  return secret;
}
