import { Problem } from '@gondola/contract';
import { QUARANTINE_REASONS, type Header, type QuarantineReason } from '@gondola/stream';
import type { Recognised } from './decode-record.js';

const [REASON, POINTER, MESSAGE] = [
  'gondola_unmapped',
  'gondola_unmapped_pointer',
  'gondola_unmapped_message',
];
const TEXT_LENGTH_MAX = 500;

/** Headers of a record that holds a document as it came, of which something could not be mapped: it is to be quarantined. */
export function unmappedHeaders(
  reason: QuarantineReason,
  pointer: string,
  message: string,
): readonly Header[] {
  return [
    { key: REASON, value: Buffer.from(reason) },
    { key: POINTER, value: Buffer.from(pointer) },
    { key: MESSAGE, value: Buffer.from(message) },
  ];
}

/** What such headers say, null where there are none. Who writes them for a record of their own only has it quarantined. */
export function unmappedOf(headers: readonly Header[]): Recognised | null {
  const given = textOf(headers, REASON);
  if (given === null) return null;
  const reason = QUARANTINE_REASONS.find((known) => known === given) ?? 'mapper_unreadable';
  const event = new Problem(reason, textOf(headers, POINTER) ?? '', textOf(headers, MESSAGE) ?? '');
  return { event, contract: null, version: null };
}

function textOf(headers: readonly Header[], key: string): string | null {
  const header = headers.find((candidate) => candidate.key === key);
  return header ? Buffer.from(header.value).toString('utf8').slice(0, TEXT_LENGTH_MAX) : null;
}
