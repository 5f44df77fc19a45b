import { BadRequestException, HttpException } from '@nestjs/common';

export const refuse = (status: number, detail: string, members: object = {}): HttpException =>
  new HttpException({ detail, ...members }, status);

const AGAIN_SECONDS = 2;

/** 503: what this answers from was not read yet. */
export const lakeIsStillRead = (): HttpException =>
  refuse(503, 'the lake is still being read: try again in a moment', {
    ...{ code: 'starting', retryAfterSeconds: AGAIN_SECONDS },
  });

export const badRequest = (parameter: string, detail: string): BadRequestException =>
  new BadRequestException({ detail, parameter });
