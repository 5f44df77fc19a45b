import type { HttpReply } from '@gondola/nest';
import { refuse } from '../refusals.js';
import { AnswerLater } from './insights-answers.js';

const LATER_SECONDS = 2;

/** Errors: 503 with `retry-after`. */
export function refuseForNow(reply: HttpReply, { message }: AnswerLater): never {
  reply.header('retry-after', String(LATER_SECONDS));
  throw refuse(503, message);
}

/** Errors: 503 with `retry-after` where the books do not answer now. */
export async function orLater<T>(reply: HttpReply, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AnswerLater) refuseForNow(reply, error);
    throw error;
  }
}

/** False once the client hung up. */
export const isThere =
  ({ raw }: HttpReply) =>
  (): boolean =>
    !raw.destroyed;
