import { HttpException } from '@nestjs/common';

/** A request that is answered with a problem (RFC 9457); `detail` says what to do. */
export function refuse(
  status: number,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): HttpException {
  return new HttpException({ detail, ...members }, status);
}
