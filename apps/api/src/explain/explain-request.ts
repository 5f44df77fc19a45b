import { readJsonObject, type HttpRequest, type Language } from '@gondola/nest';
import { z } from 'zod';
import { badRequest } from '../refusals.js';
import { id, parse, since } from '../request.js';
import { languageOfText } from './lexicon.js';
import type { Asked } from './question.js';

const BODY_BYTES_MAX = 16_384;

export const explainBody = z.strictObject({
  /** In Spanish or English. */
  question: z.string('must be text').min(1),
  /** Of the answer; left out: that of the question, else that of `accept-language`. */
  language: z.enum(['en', 'es'], 'must be en or es').optional(),
  store: id.optional(),
  item: id.optional(),
  since: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), since.optional()),
});

/** Errors: 400, 413, 415. */
export async function readAsked(
  request: HttpRequest,
  {
    questionCharactersMax,
    language,
  }: { readonly questionCharactersMax: number; readonly language: Language },
): Promise<Asked> {
  const body = parse(explainBody, await readJsonObject(request, BODY_BYTES_MAX));
  const question = body.question.normalize('NFC').replace(/\p{C}/gu, ' ').trim();
  if (question === '') throw badRequest('question', 'question: must be text');
  if ([...question].length > questionCharactersMax)
    throw badRequest('question', `question: must be at most ${questionCharactersMax} characters`);
  return {
    question,
    language: body.language ?? languageOfText(question) ?? language,
    ...{ storeId: body.store ?? null, itemId: body.item ?? null, sinceMs: body.since ?? null },
  };
}
