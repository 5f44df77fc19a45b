import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { silentLog, systemClock, type TraceContext } from '@gondola/stream';
import { startOtlpReceiver } from '../../../test/servers/otlp-receiver.js';
import { openTracing, type SpanDropReason } from './open-tracing.js';

async function traced(endpoint: string, sampleRatio: number) {
  const seen = { exported: 0, dropped: [] as [number, SpanDropReason][], logged: [] as string[] };
  const say = (fields: object, message: string) =>
    void seen.logged.push(`${message} ${JSON.stringify(fields)}`);
  const tracing = await openTracing(
    { endpoint, sampleRatio },
    {
      ...{
        resource: { 'service.name': 'test' },
        clock: systemClock,
        log: { ...silentLog, warn: say, info: say },
      },
      onExported: (spans) => (seen.exported += spans),
      onDropped: (spans, reason) => void seen.dropped.push([spans, reason]),
    },
  );
  const root = (isWanted = false) =>
    tracing.tracer.begin({ name: 'root', kind: 'internal', parent: null, isWanted });
  return { ...tracing, root, seen };
}

it('records a share of the traces that begin here, what is wanted, and what its parent says', async () => {
  const receiver = await startOtlpReceiver();
  const { tracer, root, close, seen } = await traced(receiver.endpoint, 0.25);
  const spans = Array.from({ length: 2_000 }, () => root());
  const share = spans.filter(({ context }) => context.isSampled).length / spans.length;
  expect(share).toBeGreaterThan(0.18);
  expect(share).toBeLessThan(0.32);
  expect(root(true).context.isSampled).toBe(true);
  for (const isSampled of [true, false]) {
    const parent: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled };
    const span = tracer.begin({ name: 'child', kind: 'consumer', parent, links: [parent] });
    expect(span.context).toMatchObject({ traceId: parent.traceId, isSampled });
    span.end({ attributes: { count: 3 }, fault: 'discarded' });
  }
  await close();
  expect(seen).toMatchObject({ exported: 1, dropped: [], logged: [] });
  expect(receiver.spans()).toMatchObject([
    {
      ...{
        service: 'test',
        name: 'child',
        kind: 5,
        parentSpanId: 'b'.repeat(16),
        attributes: { count: '3' },
      },
      ...{ links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }], status: { code: 2 } },
    },
  ]);
  await receiver.close();
});

it('counts what a receiver does not take, says so once, without its key, and never throws', async () => {
  let status = 400;
  const receiver = await startOtlpReceiver(() => status);
  const { root, close, seen } = await traced(`${receiver.endpoint}/?key=hidden`.replace('/?', '?'), 1);
  const waitFor = async (isThere: () => boolean) => {
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  root().end();
  await waitFor(() => seen.dropped.length === 1);
  root().end();
  await waitFor(() => seen.dropped.length === 2);
  status = 200;
  expect(seen.dropped).toEqual([
    [1, 'export_failed'],
    [1, 'export_failed'],
  ]);
  expect(seen.logged).toEqual([expect.stringMatching(/^spans cannot be sent/)]);
  expect(seen.logged[0]).not.toContain('hidden');
  await close();
  await receiver.close();
});

it('holds so many spans while nobody takes them, and counts the rest', async () => {
  const { root, close, seen } = await traced('http://127.0.0.1:9', 1);
  for (let span = 0; span < 5_000; span++) root().end();
  const full = seen.dropped.filter(([, reason]) => reason === 'queue_full');
  expect(full.length).toBe(5_000 - 4_096);
  await close();
  // None is lost without a number.
  const counted = () => seen.dropped.reduce((sum, [spans]) => sum + spans, 0);
  while (counted() < 5_000) await new Promise((resolve) => setTimeout(resolve, 50));
});

it('loads nothing of OpenTelemetry where nobody traces', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))});
    console.log(loaded.filter((url) => url.includes('opentelemetry')).length, loaded.length > 3);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output.trim()).toBe('0 true');
});
