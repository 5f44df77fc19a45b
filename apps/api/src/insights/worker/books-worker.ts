import { Worker } from 'node:worker_threads';
import { SetupError, type Clock, type Log, type Service, type ServiceHealth } from '@gondola/stream';
import type { StoreCounts } from '@gondola/telemetry';
import {
  AnswerLater,
  type BooksQuestion,
  type BooksQuestionOf,
  type BooksReply,
  type InsightsAnswers,
} from '../insights-answers.js';
import type { BooksSettings, FromWorker } from './messages.js';
import { QuestionQueue } from './question-queue.js';

const RESTART_MS_MIN = 1_000;
const RESTART_MS_MAX = 60_000;

export interface BooksWorkerDeps {
  /** The worker's file: it calls `runBooksWorker`. */
  readonly file: URL;
  readonly settings: BooksSettings;
  /** Of this machine, also in a demo. */
  readonly clock: Clock;
  readonly log: Log;
  readonly counts: StoreCounts;
}

/**
 * The books of `/insights` and of the brief in a worker thread: reading them, and going over a million episodes, would hold up every
 * other request. A worker that ends is started again. Decision note 0048.
 */
export class BooksWorker implements Service, InsightsAnswers {
  readonly name = 'api-insights';
  private readonly queue = new QuestionQueue();
  private current: ServiceHealth;
  /** Counted here: a worker that is started again counts from the beginning. */
  private changes = 0;
  private hasBooks = false;

  constructor(private readonly deps: BooksWorkerDeps) {
    this.current = { state: 'healthy', detail: '', sinceMs: deps.clock.nowMs() };
  }

  /** The rest of the api answers while there are no books: their absence is in `detail`, and does not make it unready. */
  health(): ServiceHealth {
    return this.current;
  }

  get version(): number {
    return this.changes;
  }

  get later(): AnswerLater | null {
    if (this.hasBooks) return null;
    return new AnswerLater(this.current.detail === '' ? 'reading' : 'away');
  }

  async answer<Kind extends BooksQuestion['kind']>(
    question: BooksQuestionOf<Kind>,
    isWanted: () => boolean,
  ): Promise<BooksReply<Kind>> {
    if (this.later) throw this.later;
    return (await this.queue.ask(question, isWanted)) as BooksReply<Kind>;
  }

  /** Rejects only when the operator must change something (`environment_mismatch`). */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.deps;
    for (let waitMs = RESTART_MS_MIN; !signal.aborted; waitMs = Math.min(2 * waitMs, RESTART_MS_MAX)) {
      const startedMs = clock.nowMs();
      const error = await this.work(signal);
      if (signal.aborted) break;
      if (error instanceof SetupError) {
        this.become('stopped', error.message);
        throw error;
      }
      // It went well for a while: this is not the same fault over and over.
      if (clock.nowMs() - startedMs > RESTART_MS_MAX) waitMs = RESTART_MS_MIN;
      this.become('healthy', 'the worker of /insights ended and is started again');
      log.error(
        { service: this.name, err: error, waitMs },
        'the worker of /insights ended; starting it again',
      );
      await clock.sleep(waitMs, signal);
    }
    this.become('stopped', '');
  }

  /** One worker's life. Resolves with what ended it. */
  private async work(signal: AbortSignal): Promise<unknown> {
    const worker = new Worker(this.deps.file, { name: this.name, workerData: this.deps.settings });
    const ended = Promise.withResolvers<unknown>();
    const end = (error: unknown) => ended.resolve(error);
    const stop = () => end(null);
    signal.addEventListener('abort', stop, { once: true });
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`it exited with ${code}`)));
    worker.on('message', (message: FromWorker) => this.heed(message, end));
    this.queue.open((question) => worker.postMessage(question));
    const error = await ended.promise;
    signal.removeEventListener('abort', stop);
    this.hasBooks = false;
    this.queue.close();
    // It only reads: nothing is lost wherever it is.
    await worker.terminate();
    return error;
  }

  private heed(message: FromWorker, end: (error: unknown) => void): void {
    const { log, counts } = this.deps;
    switch (message.kind) {
      case 'reply':
        return message.reply
          ? this.queue.answered(this.stamped(message.reply))
          : this.queue.failed(new AnswerLater('reading'));
      case 'failed':
        return this.queue.failed(message.error);
      case 'changed':
        this.changes++;
        this.hasBooks = true;
        if (this.current.detail !== '') this.become('healthy', '');
        return;
      case 'log':
        return log[message.level](message.fields, message.message);
      case 'requested':
        return counts.requested(message.operation);
      case 'moved':
        return counts.moved(message.direction, message.bytes);
      case 'refused':
        return end(new SetupError(message.code, message.message));
    }
  }

  /** Messages come in order: what was said last of the books is what the reply is made of. */
  private stamped(reply: BooksReply): BooksReply {
    return 'json' in reply ? { ...reply, version: this.changes } : reply;
  }

  private become(state: ServiceHealth['state'], detail: string): void {
    this.current = { state, detail, sinceMs: this.deps.clock.nowMs() };
  }
}
