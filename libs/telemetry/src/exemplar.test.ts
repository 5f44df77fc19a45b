import { inTrace } from '@gondola/stream';
import { createApiMetrics, createRegistry, exemplarOf } from './index.js';

const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isSampled: true };

it('names the sampled span that the caller runs in, in the form that OpenMetrics shows', async () => {
  expect(exemplarOf()).toBeUndefined();
  expect(inTrace({ ...context, isSampled: false }, exemplarOf)).toBeUndefined();
  const registry = createRegistry();
  const metrics = createApiMetrics(registry);
  inTrace(context, () => metrics.answered('GET', '/signals', 200, 3));
  metrics.answered('GET', '/shelves', 200, 3);
  const text = await registry.asOpenMetrics().metrics();
  expect(text).toMatch(
    /\{le="0.005",method="GET",route="\/signals",status="200"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"\} 0\.003 /,
  );
  expect(text.match(/ # \{/g)).toHaveLength(1);
  expect(await registry.metrics()).not.toContain(' # {');
});
