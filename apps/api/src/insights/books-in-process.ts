import type { KpiOptions } from '@gondola/kpi';
import type { Service } from '@gondola/stream';
import { Answering } from './answering.js';
import {
  AnswerLater,
  type BooksQuestion,
  type BooksQuestionOf,
  type BooksReply,
  type InsightsAnswers,
} from './insights-answers.js';
import { InsightsFeed, type InsightsFeedDeps } from './insights-feed.js';

/** Books on this thread: for tests, and where a lake is not one that another thread can open. */
export function createBooksInProcess(
  deps: InsightsFeedDeps,
  options: KpiOptions,
): { readonly service: Service; readonly answers: InsightsAnswers } {
  const feed = new InsightsFeed(deps);
  const answering = new Answering(feed, options);
  const answers: InsightsAnswers = {
    get version() {
      return feed.version;
    },
    get later() {
      return feed.books ? null : new AnswerLater('reading');
    },
    async answer<Kind extends BooksQuestion['kind']>(question: BooksQuestionOf<Kind>) {
      const reply = answering.answer(question);
      if (!reply) throw new AnswerLater('reading');
      return reply as BooksReply<Kind>;
    },
  };
  return { service: feed, answers };
}
