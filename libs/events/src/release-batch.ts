import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  release,
  type ColumnValues,
  type NumberArray,
} from '@gondola/stream';
import type { EventBatch } from './event-batch.js';

/**
 * Gives the memory of a batch's columns back; texts stay where the records are. Nobody may look at the batch any more. Without this
 * it waits for the collector, which is made to walk all objects by each 64 MiB that wait.
 */
export function releaseBatch({ table, eventId, ...batch }: EventBatch): void {
  const { recordIndex, eventTimeMs, schemaVersion, identity } = batch;
  release(recordIndex, eventTimeMs, schemaVersion, identity, ...viewsOf(eventId));
  for (const { values } of table.columns) release(...viewsOf(values));
}

function viewsOf(values: ColumnValues): readonly NumberArray[] {
  if (values instanceof ByteValues) return [values.start, values.size];
  if (values instanceof DictionaryValues) return [values.index];
  if (values instanceof NullableNumbers) return [values.numbers, values.isNull];
  return ArrayBuffer.isView(values) ? [values] : [];
}
