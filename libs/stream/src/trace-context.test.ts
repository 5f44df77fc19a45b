import fc from 'fast-check';
import { currentTrace, formatTraceparent, inTrace, parseTraceparent } from './index.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    // Flags that are not known yet are left alone.
    [`00-${TRACE}-${SPAN}-ff`, true],
    [`00-${TRACE}-${SPAN}-02`, false],
    [`01-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
  ])('reads %s', (text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    ['nothing', ''],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['more than version 0 has', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version that goes on without a dash', `01-${TRACE}-${SPAN}-01more`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['no hex', `00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['flags left out', `00-${TRACE}-${SPAN}`],
    ['short flags', `00-${TRACE}-${SPAN}-1`],
    ['spaces around it', ` 00-${TRACE}-${SPAN}-01`],
    ['a line more', `00-${TRACE}-${SPAN}-01\n`],
    ['two of them', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`],
  ])('refuses %s', (_, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });

  it('never throws, and what it reads is what it writes', () => {
    const hex = (length: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((digits) => !/^0+$/.test(digits));
    const contexts = fc.record({ traceId: hex(32), spanId: hex(16), isSampled: fc.boolean() });
    fc.assert(
      fc.property(contexts, (context) =>
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context),
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(parseTraceparent(text)).toBeNull()));
  });
});

it('knows the span that the caller runs in, also after it has waited', async () => {
  const [one, other] = [SPAN, SPAN.replace('0', '1')].map((spanId) => ({
    ...{ traceId: TRACE, spanId, isSampled: true },
  }));
  const seen = await Promise.all(
    [one, other].map((context) =>
      inTrace(context, async () => {
        await new Promise(setImmediate);
        return inTrace(null, currentTrace);
      }),
    ),
  );
  expect(seen).toEqual([one, other]);
  expect(currentTrace()).toBeNull();
});
