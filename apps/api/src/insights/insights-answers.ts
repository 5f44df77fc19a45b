import type { BriefSums, BriefSumsQuestion } from '../brief/brief-sums.js';
import type { StorePlace } from './grouping.js';
import type { InsightsQuestion } from './insights.js';

/** What is asked of the books. It may go to another thread: no function is in it. */
export type BooksQuestion =
  | {
      readonly kind: 'insights';
      readonly question: InsightsQuestion;
      /** Of the catalog; empty where neither names nor cities are asked for. */
      readonly stores: ReadonlyMap<string, StorePlace>;
    }
  | { readonly kind: 'brief'; readonly question: BriefSumsQuestion };

export type BooksQuestionOf<Kind> = Extract<BooksQuestion, { readonly kind: Kind }>;

/** An `InsightsAnswer` as JSON: it is written once, by who computed it. */
export interface InsightsText {
  readonly json: Uint8Array;
  /** Of the version of the books from which it is. */
  readonly version: number;
  /** Sales or signals of the store that was asked for are in the books; also where none was. */
  readonly knowsStore: boolean;
}

interface BooksReplies {
  readonly insights: InsightsText;
  readonly brief: BriefSums;
}
export type BooksReply<Kind extends BooksQuestion['kind'] = BooksQuestion['kind']> = BooksReplies[Kind];

/** Where questions about the kept days are answered: in a worker thread, or in this one. */
export interface InsightsAnswers {
  /** Another one with each change of the books. */
  readonly version: number;
  /** Why nothing is answered now; null: questions are. */
  readonly later: AnswerLater | null;
  /**
   * `isWanted` is asked before the work begins: a client that went away needs no answer.
   * Errors: `AnswerLater`.
   */
  answer<Kind extends BooksQuestion['kind']>(
    question: BooksQuestionOf<Kind>,
    isWanted: () => boolean,
  ): Promise<BooksReply<Kind>>;
}

const WHY_LATER = {
  reading: 'the lake is still being read: try again in a moment',
  away: 'the books are read again: try again in a moment',
  busy: 'too many ask for numbers: try again in a moment',
  unwanted: 'who asked went away',
} as const;

/** Nothing is wrong with the question; it is not answered now. */
export class AnswerLater extends Error {
  constructor(readonly why: keyof typeof WHY_LATER) {
    super(WHY_LATER[why]);
    this.name = 'AnswerLater';
  }
}
