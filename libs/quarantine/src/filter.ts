import type { QuarantinedRow, QuarantineTimes } from '@gondola/lake-upkeep';
import { QUARANTINE_REASONS } from '@gondola/stream';
import { ChoiceError } from './choice-error.js';

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** What the options of a command, or the parameters of a request, choose; null: all. */
export interface QuarantineFilter extends QuarantineTimes {
  readonly reasons: ReadonlySet<string> | null;
  readonly subject: string | null;
}

/** Throws `ChoiceError`. */
export function parseFilter(values: Values): QuarantineFilter {
  const { subject } = values;
  return {
    reasons: parseReasons(values['reason']),
    subject: typeof subject === 'string' ? subject : null,
    sinceMs: parseTime('since', values['since']) ?? -Infinity,
    untilMs: parseTime('until', values['until']) ?? Infinity,
  };
}

function parseReasons(text: Values[string]): ReadonlySet<string> | null {
  if (typeof text !== 'string') return null;
  const reasons = text.split(',');
  const unknown = reasons.find((reason) => !(QUARANTINE_REASONS as readonly string[]).includes(reason));
  if (unknown === undefined) return new Set(reasons);
  throw new ChoiceError('reason', `is one or several of ${QUARANTINE_REASONS.join(', ')}; it was ${text}`);
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/;

/** UTC, also where it does not say so. */
export function parseTime(option: string, text: Values[string]): number | null {
  if (typeof text !== 'string') return null;
  const timeMs = TIME.test(text)
    ? Date.parse(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text)
    : NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new ChoiceError(option, `is a UTC time such as 2026-11-23 or 2026-11-23T14:30; it was ${text}`);
}

export const fits = (
  { reasons, subject }: QuarantineFilter,
  row: Pick<QuarantinedRow, 'reason' | 'subject'>,
): boolean => (reasons === null || reasons.has(row.reason)) && (subject === null || row.subject === subject);
