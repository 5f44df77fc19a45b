import { signalOfRow, signalTable, type Signal } from '@gondola/events';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';

export interface FieldDifference {
  readonly field: string;
  readonly published: unknown;
  readonly replayed: unknown;
}

/**
 * Fields in which two signals differ, to the last bit. The second one is written and read first, as the table's was. The
 * version of the software is none of them: another one that says the same is what is wanted.
 */
export async function signalDifferences(published: Signal, made: Signal): Promise<FieldDifference[]> {
  const table = signalTable([made], { stream: '', partition: '', ordinal: 0n });
  const [row] = await readParquet((await columnarEncoder.encode([table])).bytes);
  const replayed = signalOfRow(row);
  const [one, other] = [fieldsOf(published), fieldsOf(replayed)];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field]))
    .map((field) => ({ field, published: one[field], replayed: other[field] }));
}

function fieldsOf({ receipt, ...fields }: Signal): Record<string, unknown> {
  const { software: _, ...made } = receipt ?? {};
  const named = Object.entries(made).map(([name, value]) => [`receipt.${name}`, value] as const);
  return { ...fields, ...Object.fromEntries(named) };
}
