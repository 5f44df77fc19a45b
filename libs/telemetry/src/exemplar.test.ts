import { inTrace } from '@gondola/stream';
import { Counter, Registry } from 'prom-client';
import { exemplarOf } from './index.js';

const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isSampled: true };

it('names the sampled span that the caller runs in, in the form that OpenMetrics shows', async () => {
  expect(exemplarOf()).toBeUndefined();
  expect(inTrace({ ...context, isSampled: false }, exemplarOf)).toBeUndefined();
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const options = { name: 'things_total', help: 'things', enableExemplars: true };
  const counter = new Counter({ ...options, registers: [registry] });
  inTrace(context, () => counter.inc({ exemplarLabels: exemplarOf() }));
  expect(await registry.metrics()).toMatch(
    /things_total 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"\} 1/,
  );
});
