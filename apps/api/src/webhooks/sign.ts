import { createHmac } from 'node:crypto';

/**
 * Headers of a message by Standard Webhooks (spec, "Webhook Headers" and "Signature scheme"): an HMAC-SHA256 for each secret, so
 * that a receiver that still has the older one, or the newer one already, finds its own.
 */
export function signedHeaders(
  messageId: string,
  body: string,
  { secrets, nowMs }: { readonly secrets: readonly Uint8Array[]; readonly nowMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const content = `${messageId}.${timestamp}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(content).digest('base64')}`,
  );
  return {
    'webhook-id': messageId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
