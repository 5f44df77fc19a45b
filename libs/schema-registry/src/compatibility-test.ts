import { isDeepStrictEqual } from 'node:util';
import {
  compatibilityBreaks,
  describeBreak,
  parseSchema,
  type Contract,
  type SchemaKind,
} from '@gondola/contract';

interface SchemaOfKind {
  readonly kind: SchemaKind;
  readonly text: string;
}

/**
 * What keeps `text` from being a subject's next version by the contract's mode, compared with one of its versions, or with those that
 * the mode names (null). Empty: nothing. Throws `contract_invalid` when contracts cannot read such a schema at all.
 */
export function whyIncompatible(
  contract: Contract,
  { kind, text }: SchemaOfKind,
  version: number | null,
): readonly string[] {
  const { subject, compatibility, versions, newestVersion, file } = contract;
  const parsed = (one: { readonly version: number; readonly kind?: SchemaKind; readonly text: string }) => ({
    version: one.version,
    ...parseSchema(one, file, subject),
  });
  const next = parsed({ version: newestVersion + 1, kind, text });
  const earlier = versions.filter((one) => version === null || one.version === version).map(parsed);
  return compatibilityBreaks([...earlier, next], compatibility)
    .filter(({ reader, writer }) => reader === next.version || writer === next.version)
    .map(describeBreak);
}

/** The version whose schema this is, however JSON is set out; null when it is none of them. */
export function versionOfText(contract: Contract, { kind, text }: SchemaOfKind): number | null {
  const wanted = contentOf({ kind, text });
  if (wanted === null) return null;
  const found = contract.versions.find(
    (one) => (one.kind ?? 'avro') === kind && isDeepStrictEqual(contentOf({ kind, text: one.text }), wanted),
  );
  return found?.version ?? null;
}

/** null: not what its kind says. */
function contentOf({ kind, text }: SchemaOfKind): unknown {
  if (kind === 'protobuf') return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
