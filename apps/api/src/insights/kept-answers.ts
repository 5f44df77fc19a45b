import type { BooksQuestionOf, InsightsAnswers, InsightsText } from './insights-answers.js';
import { UntilChanged } from './until-changed.js';

type Asked = BooksQuestionOf<'insights'>;

interface Asking {
  readonly answer: Promise<InsightsText>;
  readonly wanted: (() => boolean)[];
}

const KEPT_MAX = 32;
/** A larger one is made anew: 32 of this size are 8 MB. */
const KEPT_BYTES_MAX = 256 * 1024;

/** A board asks the same again and again, and so do all boards at once after a change: it is computed once. */
export class KeptAnswers {
  private readonly kept = new UntilChanged<InsightsText>(KEPT_MAX);
  private readonly asking = new Map<string, Asking>();

  constructor(private readonly answers: InsightsAnswers) {}

  /** `key`: all that the answer depends on besides the books. Errors: `AnswerLater`. */
  of(key: string, asked: Asked, isWanted: () => boolean): Promise<InsightsText> {
    if (this.answers.later) return Promise.reject(this.answers.later);
    const known = this.kept.get(this.answers.version, key);
    if (known) return Promise.resolve(known);
    const asking = this.asking.get(key);
    if (!asking) return this.ask(key, asked, isWanted);
    asking.wanted.push(isWanted);
    return asking.answer;
  }

  private ask(key: string, asked: Asked, isWanted: () => boolean): Promise<InsightsText> {
    const wanted = [isWanted];
    const answer = this.answers
      .answer(asked, () => wanted.some((isStill) => isStill()))
      .finally(() => this.asking.delete(key))
      .then((text) => {
        const { version, json } = text;
        if (version === this.answers.version && json.length <= KEPT_BYTES_MAX)
          this.kept.set(version, key, text);
        return text;
      });
    this.asking.set(key, { answer, wanted });
    return answer;
  }
}
