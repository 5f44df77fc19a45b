import { REPLAYS_MAX, type QuarantineListing, type ReplayResult, type ShownRow } from '@gondola/quarantine';

const GROUPS_SHOWN = 20;

export function listingWords({ total, groups, rows, page, pages }: QuarantineListing): string {
  if (total === 0) return 'quarantine holds no such rows';
  const heads = ['rows', 'reason', 'subject', 'pointer', 'producer', 'first seen', 'last seen'];
  const cells = groups
    .slice(0, GROUPS_SHOWN)
    .map(({ count, reason, subject, pointer, producer, first, last }) => [
      ...[String(count), reason, subject, pointer, producer],
      ...[first.slice(0, 16), last.slice(0, 16)],
    ]);
  const lines = [heads, ...cells];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const more =
    groups.length > GROUPS_SHOWN ? [`... ${groups.length - GROUPS_SHOWN} more, all with --json`] : [];
  const shown = rows.map(({ id, seen, reason, pointer, message, replays }) => {
    const again = replays > 0 ? `, judged again ${replays} times` : '';
    return `  ${id}  ${seen.slice(0, 19)}  ${reason} ${pointer}: ${message}${again}`;
  });
  return [...table, ...more, '', `${total} rows, page ${page} of ${pages}:`, ...shown].join('\n');
}

export function rowWords({ record, headers, explanation, ...words }: ShownRow): string {
  const { encoding, fields, text, bytes, hex } = record;
  return [
    ...Object.entries(words).map(
      ([name, value]) => `${name.padEnd(14)} ${value === '' ? '(record)' : String(value)}`,
    ),
    ...headers.map(({ name, value }) => `header         ${name}: ${value}`),
    '',
    explanation,
    '',
    fields === null
      ? `not readable as an event${text ? `; its text, masked:\n${text}` : ''}`
      : `${encoding ?? ''} as far as it goes, personal and unknown fields masked:\n${JSON.stringify(fields, null, 2)}`,
    '',
    `${bytes} bytes${hex ? `, those of texts masked:\n${inLines(hex)}` : ''}`,
  ].join('\n');
}

/** 32 bytes in a line. */
const inLines = (hex: string): string => hex.replace(/(?:\S+ ){32}/g, (line) => `${line.trimEnd()}\n`);

export function replayWords(
  { records, passed, leftAlone, reasons }: ReplayResult,
  { dryRun, ok }: { readonly dryRun: boolean; readonly ok: boolean },
): string {
  const lines = Object.entries(reasons).map(([before, outcome]) => {
    const refused = Object.entries(outcome.refused).map(([reason, count]) => `${count} ${reason}`);
    const what = [`${outcome.passed} ${dryRun ? 'would pass' : 'passed'}`, ...refused].join(', ');
    return `  ${before}: ${outcome.rows} rows, ${what}`;
  });
  const head = dryRun
    ? `${records} records judged again; nothing was changed`
    : `${records} records judged again, ${passed} are in silver now`;
  const left =
    leftAlone > 0
      ? [`  ${leftAlone} rows failed ${REPLAYS_MAX} times and were left alone (--force takes them)`]
      : [];
  const stopped = ok ? [] : ['stopped; what was done is done, run again for the rest'];
  return [head, ...lines, ...left, ...stopped].join('\n');
}
