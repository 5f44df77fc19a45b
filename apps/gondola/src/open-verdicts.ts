import type { ApiConfig, VerdictWriter } from '@gondola/api';
import { createEventWriter } from '@gondola/collector';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { markedSink, SetupError, type Broker } from '@gondola/stream';
import { openBroker, partitionsOf } from './open-broker.js';
import { readToken } from './read-token.js';

const SUBJECT = 'retail.stockout.verdict';
/** A clock of a phone that runs ahead is believed so far, as the collector believes a till's. */
const FUTURE_MS_MAX = 300_000;

interface WriterTools {
  readonly broker: Broker;
  readonly stream: string;
  readonly registry: SchemaRegistry;
  readonly environment: string;
  readonly tokenFile: string | undefined;
  /** Makes or looks for the stream: before the first verdict, so that a stream that is away holds up no start. */
  readonly prepare: () => Promise<void>;
}

/** What `POST /verdicts` writes by. */
export function verdictWriterOf({
  broker,
  stream,
  tokenFile,
  prepare,
  ...judge
}: WriterTools): VerdictWriter {
  const sink = markedSink(broker.sink(stream), judge.environment);
  const write = createEventWriter({ ...judge, sink, futureMsMax: FUTURE_MS_MAX });
  let prepared: Promise<void> | null = null;
  return {
    token: tokenFile === undefined ? null : readToken(tokenFile, 'verdicts.tokenFile', judge.environment),
    async write({ eventId, data }, nowMs) {
      prepared ??= prepare();
      await prepared.catch((error: unknown) => {
        prepared = null;
        throw error;
      });
      return write({ subject: SUBJECT, source: '/api/verdicts', eventId, data }, nowMs);
    },
  };
}

/** Null: the configuration names no stream. Errors: `config_invalid`. */
export async function openVerdicts(
  { environment, verdicts: { stream, tokenFile } }: ApiConfig,
  { registry, opened }: { readonly registry: SchemaRegistry; readonly opened: AsyncDisposableStack },
): Promise<VerdictWriter | null> {
  if (!stream) {
    if (tokenFile === undefined) return null;
    throw new SetupError('config_invalid', 'verdicts.tokenFile: needs verdicts.stream, the stream of events');
  }
  const broker = await openBroker(stream);
  opened.defer(() => broker.close());
  const prepare = () => broker.prepare(stream.name, partitionsOf(stream));
  return verdictWriterOf({ ...{ broker, stream: stream.name, registry, environment, tokenFile, prepare } });
}
