import { parseConfig } from '@gondola/config';
import { collectorConfigSchema } from './collector.config.js';

const parse = (aggregate: boolean) =>
  parseConfig('collector', collectorConfigSchema, {
    environment: 'dev',
    keysFile: 'producers.yaml',
    stream: { broker: 'kinesis', region: 'us-east-1', aggregate },
  });

it('a stream that would refuse every event is refused before it can', () => {
  expect(() => parse(false)).toThrow(/stream\.aggregate: must be true/);
  expect(parse(true).stream).toMatchObject({ broker: 'kinesis' });
});
