import { createLogger } from './index.js';

function capture(level: 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const log = createLogger('ingest', level, { write: (line: string) => void lines.push(line) });
  return { log, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

it('writes one JSON object per line with words for levels and ISO times', () => {
  const { log, parsed } = capture();
  log.info({ stream: 'pos' }, 'joined');
  expect(parsed()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      name: 'ingest',
      stream: 'pos',
      msg: 'joined',
    },
  ]);
});

it('keeps the level', () => {
  const { log, lines } = capture('warn');
  log.info({}, 'quiet');
  expect(lines).toEqual([]);
});

it.each([
  [{ password: 'hunter2' }],
  [{ sasl: { username: 'u', password: 'hunter2' } }],
  [{ config: { registry: { apiKey: 'hunter2' } } }],
  [{ headers: { authorization: 'hunter2' } }],
  [{ record: { value: 'hunter2' } }],
])('hides what is secret or personal: %j', (fields) => {
  const { log, lines } = capture();
  log.error(fields, 'failed');
  expect(lines[0]).not.toContain('hunter2');
  expect(lines[0]).toContain('[redacted]');
});

it('writes an error with its stack and cause', () => {
  const { log, parsed } = capture();
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  expect(parsed()[0].err).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
});
