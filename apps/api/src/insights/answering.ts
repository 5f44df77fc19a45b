import type { KpiOptions } from '@gondola/kpi';
import { briefSumsOf } from '../brief/brief-sums.js';
import type { InsightRow, InsightsAnswer } from './insights-answer.js';
import type { BooksQuestion, BooksQuestionOf, BooksReply, InsightsText } from './insights-answers.js';
import type { InsightsFeed } from './insights-feed.js';
import { insightsOf, type Books, type InsightsQuestion } from './insights.js';

/** Totals that are kept until the books change: who looks by store looks by day next. */
const TOTALS_MAX = 32;

/** Answers from the books of a feed, on the thread that has them. */
export class Answering {
  private totals = new Map<string, InsightRow>();
  private totalsVersion = -1;

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
    const { storeId } = question;
    const known = this.totalOf(question);
    const answer: InsightsAnswer = {
      ...insightsOf(books, question, { stores, options: this.options, total: known }),
      historyFromMs,
    };
    if (!known) this.keep(question, answer.total);
    return {
      json: new TextEncoder().encode(JSON.stringify(answer)),
      version,
      knowsStore:
        storeId === undefined || books.sales.knows(storeId) || books.episodes.episodesOf(storeId).length > 0,
    };
  }

  private totalOf(question: InsightsQuestion): InsightRow | undefined {
    if (this.totalsVersion !== this.feed.version) this.totals.clear();
    this.totalsVersion = this.feed.version;
    // Which stores a city has may change without a change of the books.
    return question.city === undefined ? this.totals.get(keyOf(question)) : undefined;
  }

  private keep(question: InsightsQuestion, total: InsightRow): void {
    if (question.city !== undefined) return;
    this.totals.set(keyOf(question), total);
    for (const oldest of [...this.totals.keys()].slice(0, -TOTALS_MAX)) this.totals.delete(oldest);
  }
}

const keyOf = ({ storeId, category, fromHour, untilHour }: InsightsQuestion): string =>
  JSON.stringify([storeId ?? null, category ?? null, fromHour, untilHour]);
