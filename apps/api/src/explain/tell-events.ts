import type { Period } from '@gondola/kpi';
import { list, type QuarantineListing } from '@gondola/quarantine';
import { GondolaError } from '@gondola/stream';
import type { QualityStore } from '../quality/quality-store.js';
import { qualityCursors } from '../request.js';
import type { QuarantineAccess } from '../quarantine/access.js';
import { printable } from './fold.js';
import { linkOf, type Row } from './sources.js';
import type { Teller } from './teller.js';
import type { Words } from './words.js';

const HOURS_MAX = 3;
const EXPECTATIONS_MAX = 3;
const GROUPS_MAX = 4;
const MESSAGE_CHARACTERS_MAX = 160;

/** How good the newest hours of a subject, or of all, were. Tells nothing when none is kept. */
export function tellQuality(
  teller: Teller,
  words: Words,
  store: QualityStore,
  { subject, nowMs }: { readonly subject: string | null; readonly nowMs: number },
): void {
  const filter = { subject: subject ?? undefined };
  const { hours } = store.query(filter, { limit: HOURS_MAX, after: null, nowMs });
  for (const hour of hours) {
    const { hourMs, stream, score, expectations } = hour;
    // The page that begins with this hour, whatever comes later.
    const key = `${new Date(hourMs).toISOString()} ${stream} ${hour.subject}!`;
    const link = linkOf('/quality', {
      stream,
      subject: hour.subject,
      cursor: qualityCursors.after({ key }) ?? undefined,
      limit: 1,
    });
    const row: Row = {
      kind: 'quality',
      id: `${stream}/${hour.subject}/${new Date(hourMs).toISOString()}`,
      link,
    };
    if (score !== null)
      teller.tell((c) =>
        words.quality(
          c.word(row, '/hours/0/subject', hour.subject, hour.subject),
          c.word(row, '/hours/0/stream', stream, stream),
          c.time(row, '/hours/0/hourMs', hourMs),
          c.amount(row, '/hours/0/score', score, 0),
        ),
      );
    const failed = expectations.map((one, at) => ({ ...one, at })).filter((one) => one.failed > 0);
    for (const { expectation, checked, failed: faults, at } of failed.slice(0, EXPECTATIONS_MAX)) {
      const path = `/hours/0/expectations/${at}`;
      teller.tell((c) =>
        words.expectation(
          c.word(row, `${path}/name`, expectation.name, expectation.name),
          c.word(row, '/hours/0/subject', hour.subject, hour.subject),
          c.amount(row, `${path}/checked`, checked, 0),
          c.amount(row, `${path}/failed`, faults, 0),
        ),
      );
    }
  }
}

/** What quarantine took in, by reason. Messages are shown as quotes of strangers, and go nowhere else. */
export async function tellRefused(
  teller: Teller,
  words: Words,
  { deps, registry }: QuarantineAccess,
  { subject, period }: { readonly subject: string | null; readonly period: Period },
): Promise<void> {
  const [since, until] = [period.fromMs, period.untilMs].map((timeMs) => new Date(timeMs).toISOString());
  const filter = { reasons: null, subject, sinceMs: period.fromMs, untilMs: period.untilMs };
  const options = { filter, producer: null, stream: null, rows: 1, page: 1 };
  const { total, groups } = await list(deps, registry, options).catch((error: unknown) => {
    // Nothing was ever refused, and there is no table.
    if (error instanceof GondolaError && error.code === 'input_invalid') return NONE;
    throw error;
  });
  const link = linkOf('/quarantine', { subject: subject ?? undefined, since, until, limit: 1 });
  const row: Row = { kind: 'quarantine', id: link, link };
  teller.tell((c) => words.refusedTotal(c.amount(row, '/total', total, 0)), true);
  for (const [at, group] of groups.slice(0, GROUPS_MAX).entries()) {
    const path = `/groups/${at}`;
    teller.tell((c) => {
      c.word(row, `${path}/subject`, group.subject, group.subject);
      const count = c.amount(row, `${path}/count`, group.count, 0);
      return words.refused(
        count,
        teller.name(group.subject),
        c.word(row, `${path}/reason`, group.reason, group.reason),
      );
    });
    if (group.message !== '')
      teller.tell((c) => {
        c.word(row, `${path}/message`, group.message, printable(group.message, MESSAGE_CHARACTERS_MAX));
        return words.refusedSays(teller.name(group.message, MESSAGE_CHARACTERS_MAX));
      });
  }
}

const NONE: Pick<QuarantineListing, 'total' | 'groups'> = { total: 0, groups: [] };
