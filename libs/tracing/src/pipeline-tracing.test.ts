import {
  formatTraceparent,
  recordBatchOf,
  type Header,
  type RecordBatch,
  type SpanEnd,
  type SpanSpec,
  type Tracer,
} from '@gondola/stream';
import { PipelineTracing } from './pipeline-tracing.js';

interface Recorded extends SpanSpec {
  readonly id: string;
  readonly isSampled: boolean;
  readonly linked: string[];
  ended: SpanEnd | null;
}

/** Keeps what it is told; of spans without a parent it records those that are wanted. */
function recordingTracer() {
  const spans: Recorded[] = [];
  const tracer: Tracer = {
    begin(spec) {
      const id = `${spans.length + 1}`.padStart(16, '0');
      const isSampled = spec.parent?.isSampled ?? spec.isWanted ?? false;
      const linked = (spec.links ?? []).map(({ spanId }) => spanId);
      const span: Recorded = { ...spec, id, isSampled, linked, ended: null };
      spans.push(span);
      return {
        context: { traceId: spec.parent?.traceId ?? id.repeat(2), spanId: id, isSampled },
        link: ({ spanId }) => void linked.push(spanId),
        end: (end = {}) => (span.ended = end),
      };
    },
  };
  return { tracer, spans, recorded: () => spans.filter((span) => span.isSampled) };
}

const TRACE = 'a'.repeat(32);
const from = (till: string, isSampled = true) =>
  formatTraceparent({ traceId: TRACE, spanId: till.padStart(16, '0'), isSampled });
const header = (value: string, key = 'traceparent'): Header => ({ key, value: Buffer.from(value) });

const batchOf = (...headers: (readonly Header[])[]): RecordBatch =>
  recordBatchOf(
    'pos',
    '0',
    10n,
    headers.map((some) => ({ key: null, value: null, headers: some, timestampMs: 0 })),
  );

function tracing(recordsMax = 64) {
  const recording = recordingTracer();
  const beyond: number[] = [];
  const pipeline = new PipelineTracing({
    ...{
      pipeline: 'ingest',
      system: 'kafka',
      recordsMax,
      tracer: recording.tracer,
      clock: { nowMs: () => 5 },
    },
    onBeyondLimit: (records) => beyond.push(records),
  });
  const commit = () => {
    pipeline.committing();
    const sinks = [{ sink: 'silver', rows: 1, startMs: 6, endMs: 7, published: [] }];
    pipeline.committed({ stream: 'pos', upTo: new Map(), sinks });
  };
  return { ...recording, pipeline, beyond, commit };
}

it('gives a record a span only where its producer set the flag, in a header that is not malformed', () => {
  const { pipeline, commit, spans } = tracing();
  const batch = batchOf(
    [],
    [header(from('1', false))],
    [header(`${from('2')}-more`)],
    [header('')],
    [header(from('3'))],
    [header(from('4'), 'ce_traceparent')],
    // Where it was sent from counts, not where it was made.
    [header(from('5'), 'ce_traceparent'), header(from('6'))],
    [header(from('7'), 'ce_traceparent'), header(from('8', false))],
  );
  pipeline.reading(batch);
  pipeline.processed(batch, []);
  commit();
  const parents = spans.filter(({ name }) => name === 'ingest pos').map(({ parent }) => parent?.spanId);
  expect(parents).toEqual(['3', '4', '6'].map((till) => till.padStart(16, '0')));
});

it('records what is done for many only when somebody wants it, from its beginning, and links both ways', () => {
  const { pipeline, commit, recorded } = tracing();
  expect(pipeline.reading(batchOf([]))).toMatchObject({ isSampled: false });
  pipeline.processed(batchOf([]), []);
  expect(pipeline.reading(batchOf([header(from('1'))]))).toMatchObject({ isSampled: true });
  pipeline.processed(batchOf([]), []);
  commit();
  const [flush, record, batch, sink] = recorded();
  expect([flush, record, batch, sink].map(({ name }) => name)).toEqual([
    ...['flush ingest', 'ingest pos', 'process pos', 'commit silver'],
  ]);
  expect(flush).toMatchObject({ startMs: 5, linked: [record.id] });
  expect(flush.ended?.attributes).toEqual({ 'gondola.records': 2, 'gondola.batches': 2 });
  expect(record.linked).toEqual([flush.id]);
  for (const child of [batch, sink]) expect(child.parent?.spanId).toBe(flush.id);
  expect(sink).toMatchObject({ startMs: 6, ended: { endMs: 7 } });
  for (const { ended } of recorded()) expect(ended).not.toBeNull();
});

it('says of a record what became of it', () => {
  const { pipeline, commit, spans } = tracing();
  const batch = batchOf([header(from('1'))], [header(from('2'))]);
  pipeline.reading(batch);
  const place = { stage: 'validate', pointer: '/email', message: 'm', subject: null, schemaVersion: null };
  pipeline.processed(batch, [{ kind: 'quarantine', index: 1, reason: 'rule_broken', ...place }]);
  commit();
  expect(spans.filter(({ name }) => name === 'ingest pos').map(({ ended }) => ended?.attributes)).toEqual([
    { 'gondola.outcome': 'passed' },
    { 'gondola.outcome': 'quarantine', 'gondola.stage': 'validate', 'gondola.reason': 'rule_broken' },
  ]);
});

it('ends what is read again as discarded, and what is left at the end', () => {
  const { pipeline, spans } = tracing();
  pipeline.reading(batchOf([header(from('1'))]));
  pipeline.discarded();
  expect(spans.map(({ ended }) => ended?.fault)).toEqual(spans.map(() => 'discarded'));
  pipeline.reading(batchOf([header(from('1'))]));
  pipeline.ended(new Error('x'));
  expect(spans.slice(3).map(({ ended }) => ended?.fault)).toEqual(['stopped', 'stopped', 'stopped']);
});

it('has so many spans of records between two commits, and counts a batch that has more', () => {
  const { pipeline, commit, spans, beyond } = tracing(2);
  const batch = batchOf(...[1, 2, 3, 4].map((till) => [header(from(`${till}`))]));
  pipeline.reading(batch);
  expect(beyond).toEqual([1]);
  commit();
  pipeline.reading(batchOf([header(from('5'))]));
  expect(spans.filter(({ name }) => name === 'ingest pos')).toHaveLength(3);
});

it('names for what is sent the span of the record, else that of everything; nothing outside of a flush', () => {
  const { pipeline, commit, spans } = tracing();
  expect(pipeline.traceparentOf('signals', '0', 10n)).toBeNull();
  pipeline.reading(batchOf([header(from('1'))], []));
  const sent = pipeline.traceparentOf('signals', '0', 10n);
  const span = spans.find(({ name }) => name === 'send signals');
  expect(sent).toBe(`00-${TRACE}-${span?.id}-01`);
  const flush = spans.find(({ name }) => name === 'flush ingest');
  for (const position of [11n, null])
    expect(pipeline.traceparentOf('signals', '0', position)).toContain(`-${flush?.id}-`);
  expect(pipeline.sampledAt('validated', '0', 11n)).toBeNull();
  expect(pipeline.sampledAt('validated', '1', 10n)).toBeNull();
  commit();
  expect(span?.ended).toEqual({});
  expect(pipeline.traceparentOf('signals', '0', 10n)).toBeNull();
});
