import { AnswerLater, type BooksQuestion, type BooksReply } from '../insights-answers.js';

/** Beyond, a client is told to come again. */
const WAITING_MAX = 32;

interface Waiting {
  readonly question: BooksQuestion;
  readonly isWanted: () => boolean;
  resolve(reply: BooksReply): void;
  reject(error: unknown): void;
}

/** Questions to a worker, one at a time: those of clients that went away meanwhile are never asked. */
export class QuestionQueue {
  private readonly waiting: Waiting[] = [];
  private asked: Waiting | null = null;
  private post: ((question: BooksQuestion) => void) | null = null;

  /** Errors: `AnswerLater`. */
  ask(question: BooksQuestion, isWanted: () => boolean): Promise<BooksReply> {
    if (!this.post) return Promise.reject(new AnswerLater('away'));
    if (this.waiting.length >= WAITING_MAX) return Promise.reject(new AnswerLater('busy'));
    const { promise, resolve, reject } = Promise.withResolvers<BooksReply>();
    this.waiting.push({ question, isWanted, resolve, reject });
    this.next();
    return promise;
  }

  /** There is somebody to ask. */
  open(post: (question: BooksQuestion) => void): void {
    this.post = post;
  }

  /** Nobody is there any more: what waits is told so. */
  close(): void {
    this.post = null;
    const all = [...(this.asked ? [this.asked] : []), ...this.waiting.splice(0)];
    this.asked = null;
    for (const { reject } of all) reject(new AnswerLater('away'));
  }

  /** Of the question that was asked last. */
  answered(reply: BooksReply): void {
    this.over()?.resolve(reply);
    this.next();
  }

  failed(error: unknown): void {
    this.over()?.reject(error);
    this.next();
  }

  private over(): Waiting | null {
    const { asked } = this;
    this.asked = null;
    return asked;
  }

  private next(): void {
    while (!this.asked && this.post) {
      const first = this.waiting.shift();
      if (!first) return;
      if (first.isWanted()) {
        this.asked = first;
        this.post(first.question);
      } else first.reject(new AnswerLater('unwanted'));
    }
  }
}
