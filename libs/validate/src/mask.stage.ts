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
import { createTokenize, type Tokenize } from './tokens.js';

export interface MaskOptions {
  readonly registry: Pick<ContractLookup, 'contractOf'>;
  /** Secret of at least 32 bytes, one per environment: whoever has it can test guesses. */
  readonly key: Uint8Array | string;
}

export const MASKING_KEY_BYTES_MIN = 32;

/**
 * Masks what contracts call personal: `drop` becomes null, `token` a keyed token (tokens.ts). The same value gives
 * the same token in every column and subject, so that people can be counted but not named. Null stays null.
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

  function mask({ spec, values }: Column, masking: Masking): Column {
    if (masking === 'drop') return { spec, values: DictionaryValues.nulls(values.length) };
    return { spec, values: tokensOf(values, tokenize) };
  }

  function maskBatch(batch: EventBatch): EventBatch {
    const personal = registry.contractOf(batch.subject)?.personal;
    if (!personal) throw new Error(`no contract says what is personal in ${batch.subject}`);
    if (personal.size === 0) return batch;
    const columns = batch.table.columns.map((column) => {
      const masking = personal.get(column.spec.name);
      return masking ? mask(column, masking) : column;
    });
    return { ...batch, table: { rows: batch.table.rows, columns } };
  }

  return { name: 'mask', run: (batches) => ({ value: batches.map(maskBatch), rejected: [] }) };
}

function tokensOf(values: ColumnValues, tokenize: Tokenize): ColumnValues {
  if (values instanceof ByteValues) return tokenize(values);
  if (values instanceof DictionaryValues) return new DictionaryValues(values.index, tokenize(values.entries));
  return tokenize(ByteValues.of(values as readonly (string | null)[]));
}
