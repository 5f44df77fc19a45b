import type { LakeAddress } from '@gondola/config';
import type { KpiOptions } from '@gondola/kpi';
import type { ErrorCode } from '@gondola/stream';
import type { StoreCounts } from '@gondola/telemetry';
import type { BooksQuestion, BooksReply } from '../insights-answers.js';
import type { InsightsFeedDeps } from '../insights-feed.js';

type StoreOperation = Parameters<StoreCounts['requested']>[0];
type ByteDirection = Parameters<StoreCounts['moved']>[0];

/** All that the worker is told when it starts; it opens the lake by itself. */
export interface BooksSettings extends Pick<
  InsightsFeedDeps,
  'environment' | 'historyDays' | 'rangeDays' | 'refreshMs' | 'judgements'
> {
  readonly lake: LakeAddress;
  readonly options: KpiOptions;
}

/** The worker is asked one question at a time; each is answered by `reply` or `failed`. */
export type ToWorker = BooksQuestion;

export type FromWorker =
  /** Null: nothing was read yet. */
  | { readonly kind: 'reply'; readonly reply: BooksReply | null }
  /** A fault of ours: the question goes unanswered, the worker goes on. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The books changed. */
  | { readonly kind: 'changed' }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    }
  | { readonly kind: 'requested'; readonly operation: StoreOperation }
  | { readonly kind: 'moved'; readonly direction: ByteDirection; readonly bytes: number }
  /** The operator must change something: a `SetupError`. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };
