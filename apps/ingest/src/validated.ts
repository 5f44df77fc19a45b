import type { EventBatch } from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { createValidatedSink, type PublishedCounts } from '@gondola/sink-lake';
import type { CommitSink, Log, RecordSink, SentTraces } from '@gondola/stream';
import { createMaskRecord } from '@gondola/validate';
import type { IngestConfig } from './ingest.config.js';

export interface ValidatedDeps {
  /** The stream of validated events, where one is wanted. */
  readonly validated: RecordSink | null;
  readonly registry: SchemaRegistry;
  readonly maskingKey: Uint8Array;
  readonly log: Log;
  readonly traces?: SentTraces | null;
}

/** `counts`: null for records that are taken up later, which nobody numbers. */
export function createValidated(
  { environment, stream, defaultSubject }: IngestConfig,
  { validated: output, registry, maskingKey, log, traces }: ValidatedDeps,
  counts: PublishedCounts | null,
): CommitSink<readonly EventBatch[]> | null {
  return (
    output &&
    createValidatedSink({
      environment,
      stream: stream.name,
      output,
      counts,
      keyColumnsOf: (subject) => registry.contractOf(subject)?.keyColumns ?? [],
      masked: createMaskRecord({ registry, defaultSubject, key: maskingKey }),
      log,
      traces,
    })
  );
}
