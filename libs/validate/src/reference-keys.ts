import {
  identityHash,
  referenceKeyColumn,
  RowHasher,
  type Contract,
  type ExpectationTest,
} from '@gondola/contract';
import { FAILS, NOT_JUDGED, type EventBatch } from '@gondola/events';
import { columnOf, ByteValues, DictionaryValues, type ColumnValues } from '@gondola/stream';
import type { CheckRows } from './expectation-check.js';
import { KeySet } from './key-set.js';

/** Keys in silver's column of a subject that the last call for it did not give. Fails like the lake. */
export type ReadKeys = (subject: string, column: string) => AsyncIterable<string>;

/** How long a key may be in silver, written by another process, and not be known here. */
const REFRESH_MS = 600_000;

interface Keys {
  readonly subject: string;
  readonly column: string;
  readonly hasher: RowHasher;
  readonly known: KeySet;
}

/**
 * Keys of subjects that others refer to (the items of a catalog): those in silver, whoever wrote them, and those that come
 * by here. They only grow: silver keeps every event.
 */
export class ReferenceKeys {
  private readonly bySubject = new Map<string, Keys>();
  private readMs: number | null = null;

  constructor(
    private readonly contracts: readonly Contract[],
    private readonly readKeys: ReadKeys,
  ) {}

  /** For a column that holds keys of another subject. As long as none of them is known, nothing is judged. */
  checkOf(
    contract: Contract,
    expectation: string,
    { subject, column }: Extract<ExpectationTest, { kind: 'reference' }>,
  ): CheckRows {
    const { known } = this.keysOf(subject, `${contract.subject}: expectation ${expectation}`);
    const { name } = contract.columns[column];
    const hasher = new RowHasher(subject, [name]);
    return (batch, _, verdict) => {
      if (known.size === 0) return void verdict.fill(NOT_JUDGED);
      const { values } = columnOf(batch.table, name);
      hasher.open(batch);
      for (let row = 0; row < verdict.length; row++) {
        if (isNullAt(values, row)) verdict[row] = NOT_JUDGED;
        else {
          hasher.hash(row);
          if (!known.has(hasher.low, hasher.high)) verdict[row] = FAILS;
        }
      }
    };
  }

  learn(batch: EventBatch): void {
    const keys = this.bySubject.get(batch.subject);
    if (!keys) return;
    const { values } = columnOf(batch.table, keys.column);
    keys.hasher.open(batch);
    for (let row = 0; row < batch.table.rows; row++) {
      if (isNullAt(values, row)) continue;
      keys.hasher.hash(row);
      keys.known.add(keys.hasher.low, keys.hasher.high);
    }
  }

  /** Null when what is known is young enough. */
  refresh(nowMs: number): Promise<void> | null {
    if (this.bySubject.size === 0) return null;
    this.readMs ??= nowMs;
    if (nowMs - this.readMs < REFRESH_MS) return null;
    return this.read().then(() => {
      this.readMs = nowMs;
    });
  }

  async read(): Promise<void> {
    for (const { subject, column, known } of this.bySubject.values())
      for await (const key of this.readKeys(subject, column)) {
        const hash = identityHash([subject, key]);
        known.add(Number(BigInt.asIntN(32, hash)), Number(BigInt.asIntN(32, hash >> 32n)));
      }
  }

  private keysOf(subject: string, where: string): Keys {
    const known = this.bySubject.get(subject);
    if (known) return known;
    const column = referenceKeyColumn(this.contracts, subject, where);
    const hasher = new RowHasher(subject, [column]);
    const keys = { subject, column, hasher, known: new KeySet() };
    this.bySubject.set(subject, keys);
    return keys;
  }
}

function isNullAt(values: ColumnValues, row: number): boolean {
  if (values instanceof ByteValues) return values.size[row] < 0;
  return values instanceof DictionaryValues && values.index[row] < 0;
}
