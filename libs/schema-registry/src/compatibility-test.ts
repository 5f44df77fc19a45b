import { isDeepStrictEqual } from 'node:util';
import { compatibilityBreaks, describeBreak, parseAvroSchema, type Contract } from '@gondola/contract';

/**
 * What keeps `text` from being a subject's next version by the contract's mode, compared with one of its versions, or with those that
 * the mode names (null). Empty: nothing. Throws `contract_invalid` when contracts cannot read such a schema at all.
 */
export function whyIncompatible(contract: Contract, text: string, version: number | null): readonly string[] {
  const { subject, compatibility, versions, newestVersion } = contract;
  const next = { version: newestVersion + 1, schema: parseAvroSchema(text, subject) };
  const earlier = versions
    .filter((one) => version === null || one.version === version)
    .map((one) => ({
      version: one.version,
      schema: parseAvroSchema(one.text, `${subject} v${one.version}`),
    }));
  return compatibilityBreaks([...earlier, next], compatibility)
    .filter(({ reader, writer }) => reader === next.version || writer === next.version)
    .map(describeBreak);
}

/** The version whose schema this is, however it is set out; null when it is none of them, or not JSON. */
export function versionOfText(contract: Contract, text: string): number | null {
  let wanted: unknown;
  try {
    wanted = JSON.parse(text);
  } catch {
    return null;
  }
  const found = contract.versions.find((one) => isDeepStrictEqual(JSON.parse(one.text), wanted));
  return found?.version ?? null;
}
