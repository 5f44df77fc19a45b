import { signedHeaders } from './sign.js';

it('signs as the example of Standard Webhooks does, once for each secret', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const headers = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', {
    secrets: [Buffer.from('a'.repeat(24)), secret],
    nowMs: 1_614_265_330_999,
  });
  expect(headers['webhook-timestamp']).toBe('1614265330');
  expect(headers['webhook-signature']).toMatch(
    /^v1,[\w+/]{43}= v1,g0hM9SsE\+OTPJTGt\/tmIKtSyZlE3uFJELVlNIOLJ1OE=$/,
  );
});
