import { GondolaError } from '@gondola/stream';
import { isFenced, isRebalance, streamErrorOf } from './kafka-errors.js';

const wrapped = (inner: object) =>
  new AggregateError([new Error('first'), Object.assign(new Error('inner'), inner)], 'all failed');

it.each([
  [{ type: 'SASL_AUTHENTICATION_FAILED' }, 'SetupError', 'stream.sasl'],
  [{ code: 'PLT_KFK_AUTHENTICATION' }, 'SetupError', 'stream.sasl'],
  [{ apiId: 'TOPIC_AUTHORIZATION_FAILED' }, 'SetupError', 'does not allow'],
  [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'SetupError', 'stream.tls.caFile'],
  [{ apiId: 'MESSAGE_TOO_LARGE' }, 'GondolaError', 'max.message.bytes'],
  [{ code: 'ECONNREFUSED' }, 'GondolaError', 'does not answer'],
])('%o, wherever it stands, is a %s', (inner, name, text) => {
  for (const error of [
    Object.assign(new Error(), inner),
    wrapped(inner),
    new Error('out', { cause: wrapped(inner) }),
  ]) {
    const ours = streamErrorOf(error, 'pos');
    expect([ours.name, ours.canRetry]).toEqual([name, text === 'does not answer']);
    expect(ours.message).toContain(text);
  }
});

it('lets what is ours through, from inside of a client too', () => {
  const ours = new GondolaError('stream_unavailable', 'the token endpoint answers 503', true);
  expect(streamErrorOf(new Error('sign in failed', { cause: ours }), 'pos')).toBe(ours);
});

it('knows a rebalance and a fence', () => {
  expect([
    isRebalance(wrapped({ apiId: 'ILLEGAL_GENERATION' })),
    isFenced(wrapped({ type: 'PRODUCER_FENCED' })),
  ]).toEqual([true, true]);
  expect([isRebalance(new Error()), isFenced(null)]).toEqual([false, false]);
});
