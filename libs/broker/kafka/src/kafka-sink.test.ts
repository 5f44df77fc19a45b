import fc from 'fast-check';
import { requestsOf } from './kafka-sink.js';

const bytes = fc.uint8Array({ maxLength: 60 });
const record = fc.record({
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
  timestampMs: fc.integer({ min: 0 }),
});

it('cuts records into requests in their order, each as full as it may be', () => {
  fc.assert(
    fc.property(fc.array(record), fc.integer({ min: 1, max: 400 }), (records, bytesMax) => {
      const requests = [...requestsOf('t', records, bytesMax)];
      const plain = (one: { key?: Uint8Array | null; value?: Uint8Array | null }) => [
        one.key ? [...one.key] : null,
        one.value ? [...one.value] : null,
      ];
      expect(requests.flat().map(plain)).toEqual(records.map(plain));
      const size = (messages: (typeof requests)[number]) =>
        messages.reduce((sum, one) => sum + (one.key?.length ?? 0) + (one.value?.length ?? 0), 0);
      for (const request of requests)
        if (request.length > 1) expect(size(request)).toBeLessThanOrEqual(bytesMax);
    }),
  );
});
