import { lakeField, parseConfig, streamFields } from '@gondola/config';
import { datasetNames } from './dataset-names.js';

it.each([
  [
    { broker: 'kafka', name: 'pos', bootstrap: ['kafka-2:9092', 'kafka-1:9092'] },
    'kafka://kafka-1:9092',
    'pos',
  ],
  [{ file: '/var/gondola/stream.sqlite', name: 'pos' }, 'file', '/var/gondola/stream.sqlite/pos'],
])('a stream %j is %s %s', (raw, namespace, name) => {
  const stream = parseConfig('test', streamFields, raw);
  const names = datasetNames(stream, parseConfig('test', lakeField, 'lake'), 'prod');
  expect(names.stream('pos')).toEqual({ namespace, name });
});

it.each([
  ['s3://shops/lake?region=us-east-1', 's3://shops', 'lake/prod/silver/sale'],
  ['s3://shops?region=us-east-1', 's3://shops', 'prod/silver/sale'],
  ['az://shops/lake?account=acme', 'abfss://shops@acme.dfs.core.windows.net', 'lake/prod/silver/sale'],
  ['/data/lake', 'file', '/data/lake/prod/silver/sale'],
])('a table in %s is %s %s', (address, namespace, name) => {
  const stream = parseConfig('test', streamFields, { file: 'stream.sqlite' });
  const names = datasetNames(stream, parseConfig('test', lakeField, address), 'prod');
  expect(names.table('silver/sale')).toEqual({ namespace, name });
});
