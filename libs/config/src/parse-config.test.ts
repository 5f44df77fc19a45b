import { z } from 'zod';
import { count, environmentField, httpFields, lakeField, parseConfig } from './index.js';

const schema = z.strictObject({
  environment: environmentField,
  lake: lakeField,
  http: httpFields(8080).prefault({}),
  pollMs: count(10, 60_000).default(500),
  masking: z.strictObject({ keyFile: z.string().max(3) }).optional(),
});

it('completes what is left out, and listens on this machine only', () => {
  expect(parseConfig('api', schema, { environment: 'dev', lake: 'x' })).toEqual({
    environment: 'dev',
    lake: { store: 'local', folder: 'x' },
    http: { host: '127.0.0.1', port: 8080, unreadyMs: 10_000, drainMs: 25_000, localLogLevels: false },
    pollMs: 500,
  });
});

it.each([
  [{}, ['environment: ', 'was not set', 'lake: must be set; it was not set']],
  [{ environment: 'dev', lake: 'x', prot: 1 }, ['prot: no such field']],
  [{ environment: 'dev', lake: 'x', http: { prot: 1 } }, ['http.prot: no such field']],
  [{ environment: 'Prod!', lake: 'x' }, ['environment: must be', 'it was "Prod!"']],
  [{ environment: 'dev', lake: 'x', http: { port: 70_000 } }, ['http.port: ', '65535', 'it was 70000']],
  [{ environment: 'dev', lake: 'x', pollMs: '500' }, ['pollMs: ', 'it was "500"']],
  [null, ['the file: ', 'it was null']],
])('refuses %j and names the field, what it was and what it may be', (raw, parts) => {
  const act = () => parseConfig('api', schema, raw);
  for (const part of parts) expect(act).toThrow(part);
  expect(act).toThrow(expect.objectContaining({ code: 'config_invalid', canRetry: false }));
});

it('does not show what may be a secret', () => {
  const act = () =>
    parseConfig('api', schema, { environment: 'dev', lake: 'x', masking: { keyFile: 'hunter2' } });
  expect(act).toThrow('masking.keyFile');
  expect(act).not.toThrow('hunter2');
});
