import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '@gondola/nest';
import { BadRequestException, HttpException } from '@nestjs/common';

export const refuse = (status: number, detail: string, members: object = {}): HttpException =>
  new HttpException({ detail, ...members }, status);

export const badRequest = (parameter: string, detail: string): BadRequestException =>
  new BadRequestException({ detail, parameter });

/** Errors: 401 with `detail`. Compared by their hashes, which takes as long whatever was sent. */
export function requireToken({ headers }: HttpRequest, token: string, detail: string): void {
  const [, sent = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const hashOf = (secret: string) => createHash('sha256').update(secret).digest();
  if (timingSafeEqual(hashOf(sent), hashOf(token))) return;
  throw refuse(401, `${detail}: Authorization: Bearer TOKEN`);
}
