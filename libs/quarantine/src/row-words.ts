import type { QuarantinedRow } from '@gondola/lake-upkeep';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { attributeShown, namesOf } from '@gondola/validate';

const SOURCE_HEADERS = new Set(['ce_source', 'ce-source', 'cloudevents:source', 'cloudevents_source']);
const PRODUCER_MAX = 120;

/** Names a row: `<stream>/<partition>/<position>`. */
export const idOf = ({ stream, partition, position }: QuarantinedRow): string =>
  `${stream}/${partition}/${position}`;

/** Texts are the producer's: they must not move a terminal's cursor. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, '').trim();

/** Who sent it: the CloudEvents source, where it has one, else the stream that it came by. */
export function producerOf({ stream, headers, value }: QuarantinedRow): string {
  const header = headers.find(({ key }) => SOURCE_HEADERS.has(key.toLowerCase()));
  const source = header ? Buffer.from(header.value).toString('utf8') : sourceInEnvelope(value);
  return attributeShown(printable(source ?? '')).slice(0, PRODUCER_MAX) || stream;
}

function sourceInEnvelope(value: Uint8Array | null): string | null {
  const bytes = Buffer.from(value ?? []);
  if (!bytes.includes('"specversion"')) return null;
  try {
    const { source } = JSON.parse(bytes.toString('utf8')) as { source?: unknown };
    return typeof source === 'string' ? source : null;
  } catch {
    return null;
  }
}

/** A mapper's pointer goes through the names that it looks for, in the spelling of the document. */
const MAPPED_NAME = /^@?[A-Za-z_$][\w$.-]{0,40}$/;

/** Pointers of rows with the places in lists left out, and what may be a value: keys of maps are the producer's. */
export function createPointerWords(
  registry: SchemaRegistry,
): (row: QuarantinedRow, listPlaces: boolean) => string {
  const namesBySubject = new Map<string | null, ReadonlySet<string>>();
  const known = (subject: string | null) => {
    const names =
      namesBySubject.get(subject) ?? namesOf(subject === null ? null : registry.contractOf(subject));
    namesBySubject.set(subject, names);
    return names;
  };
  return ({ pointer, subject, reason }, listPlaces) =>
    pointer
      .split('/')
      .map((step) => {
        if (step === '' || known(subject).has(step)) return step;
        if (reason.startsWith('mapper_') && MAPPED_NAME.test(step)) return step;
        return listPlaces && /^\d{1,6}$/.test(step) ? step : '*';
      })
      .join('/');
}
