import { ByteValues, DictionaryValues, type ColumnValues } from '@gondola/stream';

export type Texts = ByteValues | DictionaryValues;

/** Changes each text of a column; of a dictionary each distinct one. */
export function mapTexts(values: Texts, change: (texts: ByteValues) => ByteValues): Texts {
  if (values instanceof ByteValues) return change(values);
  return new DictionaryValues(values.index, change(values.entries));
}

export const textsIn = (values: ColumnValues): Texts =>
  values instanceof ByteValues || values instanceof DictionaryValues
    ? values
    : ByteValues.of(values as readonly (string | null)[]);
