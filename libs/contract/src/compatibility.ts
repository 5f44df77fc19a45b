import { SetupError } from '@gondola/stream';
import { avroDifferences, type Difference } from './avro-differences.js';
import { jsonDifferences } from './json-schema/json-difference.js';
import type { ParsedSchema } from './parse-schema.js';
import { protobufDifferences } from './protobuf/proto-compatibility.js';

/** As schema registries name them. BACKWARD: the newer reads the older. FORWARD: the older reads the newer. FULL: both. */
export const COMPATIBILITY_MODES = [
  'BACKWARD_TRANSITIVE',
  'FULL_TRANSITIVE',
  'FORWARD_TRANSITIVE',
  'BACKWARD',
  'FULL',
  'FORWARD',
  'NONE',
] as const;
export type CompatibilityMode = (typeof COMPATIBILITY_MODES)[number];

export const isMode = (mode: string): mode is CompatibilityMode =>
  (COMPATIBILITY_MODES as readonly string[]).includes(mode);

export type VersionSchema = ParsedSchema & { readonly version: number };

/** One thing that a version cannot read of another, although the mode says that it must. */
export interface CompatibilityBreak extends Difference {
  readonly reader: number;
  readonly writer: number;
}

/**
 * What breaks `mode`. `schemas` are ascending; each is compared with the one before, or, in a TRANSITIVE mode, with all before.
 */
export function compatibilityBreaks(
  schemas: readonly VersionSchema[],
  mode: CompatibilityMode,
): readonly CompatibilityBreak[] {
  const breaks: CompatibilityBreak[] = [];
  const compare = (reader: VersionSchema, writer: VersionSchema) => {
    for (const difference of differencesOf(reader, writer))
      breaks.push({ reader: reader.version, writer: writer.version, ...difference });
  };
  schemas.forEach((newer, index) => {
    const earlier = mode.endsWith('_TRANSITIVE')
      ? schemas.slice(0, index)
      : schemas.slice(0, index).slice(-1);
    for (const older of earlier) {
      if (mode.startsWith('BACKWARD') || mode.startsWith('FULL')) compare(newer, older);
      if (mode.startsWith('FORWARD') || mode.startsWith('FULL')) compare(older, newer);
    }
  });
  return breaks;
}

export function describeBreak({ reader, writer, path, rule, message }: CompatibilityBreak): string {
  return `v${reader} cannot read what v${writer} wrote: ${path || 'the record'} ${message} (${rule})`;
}

/** Throws `contract_invalid` with everything that breaks the mode. */
export function requireCompatible(
  schemas: readonly VersionSchema[],
  mode: CompatibilityMode,
  where: string,
): void {
  const breaks = compatibilityBreaks(schemas, mode).map(describeBreak);
  if (breaks.length > 0) throw new SetupError('contract_invalid', `${where}: ${breaks.join('; ')}`);
}

/** Why the newest cannot read an older version, where the mode lets that be; null: it can. */
export function whyUnreadable(newest: VersionSchema, older: VersionSchema): string | null {
  const [first] = differencesOf(newest, older);
  return first ? describeBreak({ reader: newest.version, writer: older.version, ...first }) : null;
}

/** This is the one place where a schema of another kind has to say what it cannot read. */
function differencesOf(reader: ParsedSchema, writer: ParsedSchema): readonly Difference[] {
  if (reader.kind === 'json' && writer.kind === 'json') return jsonDifferences(reader.json, writer.json);
  if (reader.kind === 'json' || writer.kind === 'json')
    return [
      {
        path: '',
        rule: 'TYPE_MISMATCH',
        message: `is ${writer.kind} when written, ${reader.kind} when read`,
      },
    ];
  return reader.kind === 'protobuf' || writer.kind === 'protobuf'
    ? protobufDifferences(reader, writer)
    : avroDifferences(reader.record, writer.record);
}
