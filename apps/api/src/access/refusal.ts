import { HttpException } from '@nestjs/common';

/** Why a request was not let in. */
export const REFUSAL_REASONS = [
  'key_missing',
  'key_unknown',
  'key_elsewhere',
  'key_ended',
  'token_invalid',
  'token_expired',
  'token_elsewhere',
  'token_unjudged',
  'scope_missing',
  'rate_exceeded',
  'keys_tried',
  'origin_foreign',
  'host_foreign',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Answered as a problem with `reason`, and counted. */
export class Refusal extends HttpException {
  constructor(
    status: number,
    readonly reason: RefusalReason,
    detail: string,
    /** Headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super({ detail, reason }, status);
  }
}

/** RFC 6750: `error` is of its closed list. */
export const unauthorized = (reason: RefusalReason, detail: string, error?: string): Refusal =>
  new Refusal(401, reason, detail, {
    'www-authenticate': `Bearer realm="gondola"${error === undefined ? '' : `, error="${error}"`}`,
  });
