import type { HttpReply } from '@gondola/nest';
import type { HttpException } from '@nestjs/common';
import { lakeIsStillRead, refuse } from '../refusals.js';
import { AnswerLater } from './insights-answers.js';

const LATER_SECONDS = 2;

/** 503 with `retry-after`. */
export const refusalForNow = ({ why, message }: AnswerLater): HttpException =>
  why === 'reading' ? lakeIsStillRead() : refuse(503, message, { retryAfterSeconds: LATER_SECONDS });

/** Errors: `refusalForNow` where the books do not answer now. */
export async function orLater<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof AnswerLater ? refusalForNow(error) : error;
  }
}

/** False once the client hung up. */
export const isThere =
  ({ raw }: HttpReply) =>
  (): boolean =>
    !raw.destroyed;
