import type { SpanSpec, Tracer } from '@gondola/stream';
import { BATCH, envelope, headersOf, openDoor, sale, SINGLE } from '../test/door-harness.js';

const [OURS, OTHER] = ['a', 'b'].map((digit) => digit.repeat(32));
const CALLER = '00f067aa0ba902b7';
const from = (traceId: string, flags = '01') => `00-${traceId}-${CALLER}-${flags}`;

/** Spans are numbered from 1; those of requests that nobody wants are recorded too, as the greatest share has it. */
function recordingTracer() {
  const spans: SpanSpec[] = [];
  const tracer: Tracer = {
    begin(spec) {
      const spanId = `${spans.push(spec)}`.padStart(16, '0');
      const { traceId = 'c'.repeat(32), isSampled = true } = spec.parent ?? {};
      return { context: { traceId, spanId, isSampled }, link() {}, end() {} };
    },
  };
  return { tracer, spans };
}

const event = (number: number, traceparent?: string) =>
  envelope(sale(number), { id: `ce-${number}`, ...(traceparent === undefined ? {} : { traceparent }) });

/** What the records of a body say of traces, in its order; `header`: that of the request. */
async function taken(events: readonly object[], header?: string) {
  const { tracer, spans } = recordingTracer();
  const door = await openDoor({ tracer });
  const answer = await door.send(JSON.stringify(events.length === 1 ? events[0] : events), {
    'content-type': events.length === 1 ? SINGLE : BATCH,
    ...(header === undefined ? {} : { traceparent: header }),
  });
  expect(answer.status).toBe(202);
  const records = (await door.records())
    .map(headersOf)
    .toSorted((one, other) => (one['ce_id'] < other['ce_id'] ? -1 : 1));
  await door.close();
  return { records, spans, traces: records.map((headers) => headers['traceparent']?.slice(3, 52)) };
}

const REQUEST = '1'.padStart(16, '0');

it('says nothing of a request that its caller does not want traced, also where a share of them is', async () => {
  for (const header of [undefined, from(OURS, '00'), `${from(OURS)}-more`])
    expect((await taken([event(1), event(2)], header)).traces).toEqual([undefined, undefined]);
});

it('names the span of a request for all its records where its caller wants that', async () => {
  const { traces, spans } = await taken([event(1), event(2)], from(OURS));
  expect(traces).toEqual([`${OURS}-${REQUEST}`, `${OURS}-${REQUEST}`]);
  expect(spans).toMatchObject([{ name: 'POST /v1/events', kind: 'server', parent: { spanId: CALLER } }]);
});

it('leaves an event in the trace that its own attribute names, as it came, and links its span to the request', async () => {
  const { traces, records, spans } = await taken(
    [event(1, from(OTHER)), event(2), event(3, from(OTHER, '00'))],
    from(OURS),
  );
  const own = '2'.padStart(16, '0');
  expect(traces).toEqual([`${OTHER}-${own}`, `${OURS}-${REQUEST}`, `${OURS}-${REQUEST}`]);
  expect(records[0]['ce_traceparent']).toBe(from(OTHER));
  expect(spans[1]).toMatchObject({
    ...{ name: 'send events', kind: 'producer', parent: { traceId: OTHER, spanId: CALLER } },
    links: [{ traceId: OURS, spanId: REQUEST }],
  });
});

it('needs no span of its own for an event of the same trace as its request', async () => {
  const { traces, spans } = await taken([event(1, from(OURS))], from(OURS));
  expect([traces, spans.length]).toEqual([[`${OURS}-${REQUEST}`], 1]);
});
