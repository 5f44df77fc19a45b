import { createHmac } from 'node:crypto';
import type { ContractLookup, Masking } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { SetupError, type Column, type Stage } from '@gondola/stream';

export interface MaskOptions {
  readonly registry: Pick<ContractLookup, 'contractOf'>;
  /** Secret of at least 32 bytes, one per environment: whoever has it can test guesses. */
  readonly key: Uint8Array | string;
}

export const MASKING_KEY_BYTES_MIN = 32;
/** 128 of 256 bits: still no two people share one. */
const TOKEN_HEX_DIGITS = 32;
/** Tokens kept at hand for returning customers. */
const TOKENS_KEPT_MAX = 50_000;

/**
 * Masks what contracts call personal: `drop` becomes null, `token` the first 128 bits of HMAC-SHA256 in hex. The same
 * value gives the same token in every column and subject, so that people can be counted but not named. Null stays null.
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
  const tokens = new Map<string, string>();

  function tokenOf(value: string): string {
    const known = tokens.get(value);
    if (known !== undefined) return known;
    const token = createHmac('sha256', key).update(value).digest('hex').slice(0, TOKEN_HEX_DIGITS);
    if (tokens.size >= TOKENS_KEPT_MAX) tokens.clear();
    tokens.set(value, token);
    return token;
  }

  function mask(column: Column, masking: Masking): Column {
    const { spec } = column;
    const values = column.values as readonly (string | null)[];
    if (masking === 'drop') return { spec, values: Array<null>(values.length).fill(null) };
    return { spec, values: values.map((value) => (value === null ? null : tokenOf(value))) };
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
