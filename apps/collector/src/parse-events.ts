import type { HttpRequest } from '@gondola/nest';
import { binaryEvent, StructuredEvents, type Refused, type TakenEvent } from './cloud-event.js';
import { arrayEntries, NotJson } from './json-spans.js';
import { refuse } from './refuse.js';

export type BodyFormat = 'structured' | 'batch' | 'binary' | 'ndjson';

export interface ParseLimits {
  readonly eventsMax: number;
  /** Of one event as it was sent, its envelope included. */
  readonly eventBytesMax: number;
}

const BY_TYPE: Readonly<Record<string, BodyFormat>> = {
  'application/cloudevents+json': 'structured',
  'application/cloudevents-batch+json': 'batch',
  'application/x-ndjson': 'ndjson',
};
const LINE_END = 0x0a;

/** Errors: 415. */
export function formatOf(headers: HttpRequest['headers']): BodyFormat {
  const contentType = headers['content-type'] ?? '';
  const format = BY_TYPE[contentType.split(';', 1)[0].trim().toLowerCase()];
  if (format) return format;
  if (
    !contentType.toLowerCase().startsWith('application/cloudevents') &&
    headers['ce-specversion'] !== undefined
  )
    return 'binary';
  throw refuse(
    415,
    `content-type must be ${Object.keys(BY_TYPE).join(', ')}, or any with the event's attributes in headers ` +
      '(ce-specversion, ce-id, ce-source, ce-type)',
  );
}

/**
 * The events of a body, in its order. What is wrong with one event is that event's, what is wrong with the body as a whole
 * is an error: 400, 413.
 */
export function parseEvents(
  format: BodyFormat,
  body: Buffer,
  headers: HttpRequest['headers'],
  limits: ParseLimits,
): (TakenEvent | Refused)[] {
  const structured = new StructuredEvents(body);
  const checked = (bytes: number, parse: () => TakenEvent | Refused): TakenEvent | Refused =>
    bytes > limits.eventBytesMax
      ? { reason: 'value_too_large', pointer: '', message: `more than ${limits.eventBytesMax} bytes` }
      : parse();
  switch (format) {
    case 'structured':
      return [checked(body.length, () => structured.read(0, body.length))];
    case 'binary':
      return [checked(body.length, () => binaryEvent(body, headers))];
    case 'batch':
      return entriesOf(body, limits.eventsMax).map(({ start, end }) =>
        checked(end - start, () => structured.read(start, end)),
      );
    case 'ndjson':
      return linesOf(body, limits.eventsMax).map(({ start, end }) =>
        checked(end - start, () => structured.read(start, end)),
      );
  }
}

function entriesOf(body: Buffer, eventsMax: number) {
  const entries = arrayEntries(body, 0, body.length);
  if (entries instanceof NotJson)
    throw refuse(400, `the body is no JSON array of CloudEvents: see byte ${entries.at}`);
  return bounded(entries, eventsMax);
}

function linesOf(body: Buffer, eventsMax: number) {
  const lines: { start: number; end: number }[] = [];
  for (let start = 0; start < body.length && lines.length <= eventsMax;) {
    const found = body.indexOf(LINE_END, start);
    const end = found < 0 ? body.length : found;
    if (!isBlank(body, start, end)) lines.push({ start, end });
    start = end + 1;
  }
  return bounded(lines, eventsMax);
}

function isBlank(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++)
    if (body[at] !== 0x20 && body[at] !== 0x0d && body[at] !== 0x09) return false;
  return true;
}

function bounded<T>(events: readonly T[], eventsMax: number): readonly T[] {
  if (events.length === 0) throw refuse(400, 'the body has no events');
  if (events.length > eventsMax)
    throw refuse(413, `at most ${eventsMax} events a request: send them in several`, { eventsMax });
  return events;
}
