import type { ContractLookup, Masking } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import {
  ByteValues,
  DictionaryValues,
  SetupError,
  type Column,
  type ColumnValues,
  type Stage,
} from '@gondola/stream';
import { generalised } from './generalise.js';
import { mapTexts, textsIn } from './map-texts.js';
import { maskedJson } from './masked-json.js';
import { createTokenize, type Tokenize } from './tokens.js';
import { networksOf, truncated } from './truncate.js';

export interface MaskOptions {
  readonly registry: Pick<ContractLookup, 'contractOf'>;
  /** Secret of at least 32 bytes, one per environment: whoever has it can test guesses. */
  readonly key: Uint8Array | string;
}

export const MASKING_KEY_BYTES_MIN = 32;

/**
 * Masks what contracts call personal: `drop` becomes null, `token` a keyed token (tokens.ts), `truncate` the begin of a text
 * (truncate.ts), `generalise` a period or a bucket (generalise.ts). The same value gives the same token in every column and
 * subject, so that people can be counted but not named. Null stays null, types stay. Fields of these names inside the JSON of
 * another column are masked too (masked-json.ts).
 * Making it throws `config_invalid` when the key is too short.
 */
export function createMaskStage({
  registry,
  key,
}: MaskOptions): Stage<readonly EventBatch[], readonly EventBatch[]> {
  if (Buffer.byteLength(key) < MASKING_KEY_BYTES_MIN)
    throw new SetupError(
      'config_invalid',
      `the masking key must have at least ${MASKING_KEY_BYTES_MIN} bytes`,
    );
  const tokenize = createTokenize(key);

  function mask({ spec, values }: Column, masking: Masking): ColumnValues {
    if (masking === 'drop') return nullsOf(spec, values.length);
    if (masking === 'token') return mapTexts(textsIn(values), tokenize);
    if ('generalise' in masking) return generalised({ spec, values }, masking.generalise);
    const texts = textsIn(values);
    return masking.truncate === 'ip' ? networksOf(texts) : truncated(texts, masking.truncate);
  }

  function maskBatch(batch: EventBatch): EventBatch {
    const contract = registry.contractOf(batch.subject);
    if (!contract) throw new Error(`no contract says what is personal in ${batch.subject}`);
    const { personal, personalWithin, personalFields } = contract;
    if (personal.size === 0) return batch;
    const columns = batch.table.columns.map((column) => {
      const { name } = column.spec;
      if (personalWithin.has(name))
        return {
          spec: column.spec,
          values: mapTexts(textsIn(column.values), (texts) => maskedWithin(texts, personalFields, tokenize)),
        };
      const masking = personal.get(name);
      return masking ? { spec: column.spec, values: mask(column, masking) } : column;
    });
    return { ...batch, table: { rows: batch.table.rows, columns } };
  }

  return { name: 'mask', run: (batches) => ({ value: batches.map(maskBatch), rejected: [] }) };
}

/** Nulls of text cost nothing per row; other types are not written from a dictionary. */
const nullsOf = ({ type }: Column['spec'], rows: number): ColumnValues =>
  type.kind === 'string' ? DictionaryValues.nulls(rows) : new Array<null>(rows).fill(null);

function maskedWithin(
  texts: ByteValues,
  names: ReadonlyMap<string, Masking>,
  tokenize: Tokenize,
): ByteValues {
  return ByteValues.of(
    Array.from({ length: texts.length }, (_, entry) => {
      const text = texts.textAt(entry);
      return text === null ? null : maskedJson(text, names, tokenize);
    }),
  );
}
