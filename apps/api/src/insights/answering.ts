import type { KpiOptions } from '@gondola/kpi';
import { briefSumsOf } from '../brief/brief-sums.js';
import type { InsightRow, InsightsAnswer } from './insights-answer.js';
import type { BooksQuestion, BooksQuestionOf, BooksReply, InsightsText } from './insights-answers.js';
import type { InsightsFeed } from './insights-feed.js';
import { insightsOf, type Books, type InsightsQuestion } from './insights.js';
import { UntilChanged } from './until-changed.js';

/** Totals that are kept until the books change: who looks by store looks by day next. */
const TOTALS_MAX = 32;

/** Answers from the books of a feed, on the thread that has them. */
export class Answering {
  private readonly totals = new UntilChanged<InsightRow>(TOTALS_MAX);

  constructor(
    private readonly feed: Pick<InsightsFeed, 'books' | 'version' | 'historyFromMs'>,
    private readonly options: KpiOptions,
  ) {}

  /** Null: nothing was read yet. */
  answer(asked: BooksQuestion): BooksReply | null {
    const { books } = this.feed;
    if (!books) return null;
    return asked.kind === 'insights'
      ? this.insights(books, asked)
      : briefSumsOf(asked.question, { books, options: this.options });
  }

  private insights(books: Books, { question, stores }: BooksQuestionOf<'insights'>): InsightsText {
    const { version, historyFromMs } = this.feed;
    const { storeId, city } = question;
    const key = keyOf(question);
    // Which stores a city has may change without a change of the books.
    const known = city === undefined ? this.totals.get(version, key) : undefined;
    const answer: InsightsAnswer = {
      ...insightsOf(books, question, { stores, options: this.options, total: known }),
      historyFromMs,
    };
    if (!known && city === undefined) this.totals.set(version, key, answer.total);
    return {
      json: new TextEncoder().encode(JSON.stringify(answer)),
      version,
      knowsStore:
        storeId === undefined || books.sales.knows(storeId) || books.episodes.episodesOf(storeId).length > 0,
    };
  }
}

const keyOf = ({ storeId, category, fromHour, untilHour }: InsightsQuestion): string =>
  JSON.stringify([storeId ?? null, category ?? null, fromHour, untilHour]);
