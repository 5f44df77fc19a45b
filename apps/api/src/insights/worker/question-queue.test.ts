import type { BooksQuestion, BooksReply } from '../insights-answers.js';
import { QuestionQueue } from './question-queue.js';

const questionOf = (storeId: string): BooksQuestion => ({
  kind: 'brief',
  question: { storeId, day: '2026-05-01', zone: 'UTC' },
});
const REPLY: BooksReply = { json: new Uint8Array(), version: 1, knowsStore: true };
const always = () => true;

function opened() {
  const queue = new QuestionQueue();
  const asked: string[] = [];
  queue.open(({ question }) => asked.push(question.storeId ?? ''));
  const ask = (storeId: string, isWanted = always) =>
    queue.ask(questionOf(storeId), isWanted).then(
      () => 'answered',
      (error: unknown) => String((error as { why?: string }).why ?? error),
    );
  return { queue, asked, ask };
}

test('one at a time, in order; who went away is left out', async () => {
  const { queue, asked, ask } = opened();
  let isThere = true;
  const answers = [ask('a'), ask('b', () => isThere), ask('c'), ask('d')];
  expect(asked).toEqual(['a']);
  isThere = false;
  queue.answered(REPLY);
  expect(asked).toEqual(['a', 'c']);
  queue.failed(new Error('a fault'));
  queue.answered(REPLY);
  expect(asked).toEqual(['a', 'c', 'd']);
  expect(await Promise.all(answers)).toEqual(['answered', 'unwanted', 'Error: a fault', 'answered']);
});

test('beyond a limit it is busy, and when nobody is there any more all that wait are told', async () => {
  const { queue, asked, ask } = opened();
  const answers = Array.from({ length: 34 }, (_, at) => ask(String(at)));
  expect(await answers[33]).toBe('busy');
  queue.close();
  expect(new Set(await Promise.all(answers.slice(0, 33)))).toEqual(new Set(['away']));
  expect(await ask('later')).toBe('away');
  // What the next one answers is of its own questions.
  queue.open(({ question }) => asked.push(question.storeId ?? ''));
  expect(asked).toEqual(['0']);
  const answer = ask('again');
  queue.answered(REPLY);
  expect(await answer).toBe('answered');
});
