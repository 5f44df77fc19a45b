import { AnswerLater } from './insights-answers.js';
import { refusalForNow } from './or-later.js';

it('says `starting` of books that were never read, as every other answer from the lake does', () => {
  const first = refusalForNow(new AnswerLater('reading'));
  expect(first.getStatus()).toBe(503);
  expect(first.getResponse()).toMatchObject({ code: 'starting', retryAfterSeconds: 2 });
  const again = refusalForNow(new AnswerLater('away'));
  expect(again.getStatus()).toBe(503);
  expect(again.getResponse()).toMatchObject({ retryAfterSeconds: 2 });
  expect(again.getResponse()).not.toHaveProperty('code');
});
