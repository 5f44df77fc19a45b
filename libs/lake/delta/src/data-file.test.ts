import { addFileOf, dataFilePath, isoDate } from './data-file.js';

test.each([
  [{}, 'part-1.parquet'],
  [{ event_date: '2024-03-28' }, 'event_date=2024-03-28/part-1.parquet'],
  [{ a: 'x/y=z', b: '50% "off"' }, 'a=x%2Fy%3Dz/b=50%25 %22off%22/part-1.parquet'],
  [{ day: null }, 'day=__HIVE_DEFAULT_PARTITION__/part-1.parquet'],
  [{ day: '' }, 'day=__HIVE_DEFAULT_PARTITION__/part-1.parquet'],
])('%j goes to %s', (partitionValues, path) => {
  expect(dataFilePath(partitionValues, 'part-1.parquet')).toBe(path);
});

test.each([
  [0, '1970-01-01'],
  [-1, '1969-12-31'],
  [19_810, '2024-03-28'],
  [19_782, '2024-02-29'],
])('day %d is %s', (days, text) => {
  expect(isoDate(days)).toBe(text);
});

test('an add action says how large the file is and what is in it', () => {
  const spec = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
  const file = { bytes: new Uint8Array(17), rows: 2, columns: [{ spec, nulls: 0, min: 4, max: 9 }] };
  expect(addFileOf('day=1/p', file, { day: '1' }, 123)).toEqual({
    path: 'day=1/p',
    partitionValues: { day: '1' },
    size: 17,
    modificationTime: 123,
    dataChange: true,
    stats: '{"numRecords":2,"minValues":{"n":4},"maxValues":{"n":9},"nullCount":{"n":0}}',
  });
});
