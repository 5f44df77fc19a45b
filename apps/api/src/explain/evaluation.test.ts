import { cleanUp } from '../../test/api-harness.js';
import { LAST_QUESTIONS, OTHER_QUESTIONS, QUESTIONS, type Expected } from '../../test/explain-questions.js';
import { explainWorld, faultsOf } from '../../test/explain-world.js';
import type { ExplainAnswer } from './explainer.js';

afterAll(cleanUp);

function isRight({ known, sentences }: ExplainAnswer, [, cites]: Expected): boolean {
  if (cites.length === 0) return !known && sentences.length === 0;
  const ids = sentences.flatMap(({ sources }) => sources.map(({ id }) => id));
  return known && cites.every((wanted) => ids.some((id) => id === wanted || id.startsWith(`${wanted}?`)));
}

test.each([
  ['those it was made with', QUESTIONS, 1],
  ['others', OTHER_QUESTIONS, 0.8],
  ['the last', LAST_QUESTIONS, 0.6],
] as const)(
  'questions are answered with what they should cite, and every citation holds: %s',
  async (_, questions, shareMin) => {
    const { ask, get } = await explainWorld();
    const wrong: string[] = [];
    const faults: string[] = [];
    for (const expected of questions) {
      const answer = await ask(expected[0]);
      if (!isRight(answer, expected)) wrong.push(`${expected[0]} -> ${answer.intent}: ${answer.text}`);
      faults.push(...(await faultsOf(answer, get)));
    }
    console.log(`answered right: ${questions.length - wrong.length} of ${questions.length}`, wrong);
    expect(faults).toEqual([]);
    expect(1 - wrong.length / questions.length).toBeGreaterThanOrEqual(shareMin);
  },
);
