import type { HttpReply } from '@gondola/nest';
import { refuse } from '../refusals.js';
import { AnswerLater } from './insights-answers.js';

const LATER_SECONDS = 2;

/** Errors: 503 with `retry-after` where the books do not answer now. */
export async function orLater<T>(reply: HttpReply, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof AnswerLater)) throw error;
    reply.header('retry-after', String(LATER_SECONDS));
    throw refuse(503, error.message);
  }
}

/** False once the client hung up. */
export const isThere =
  ({ raw }: HttpReply) =>
  (): boolean =>
    !raw.destroyed;
