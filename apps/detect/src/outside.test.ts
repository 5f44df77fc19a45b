import { Outside } from './outside.js';

it('gives one answer of a store for each batch, also where the catalog changes while that is applied', () => {
  let city = 'Lima';
  const outside = new Outside({
    ...{ timeZoneOf: () => 'UTC', hoursOf: () => null, categoryOf: () => null, promotions: new Map() },
    cityOf: () => city,
  });
  outside.live();
  expect(outside.cityOf('S1')).toBe('Lima');
  city = 'Cali';
  // A challenger meets the store after the champion has.
  expect(outside.cityOf('S1')).toBe('Lima');
  expect(outside.takeNew()?.places).toEqual([['S1', 'UTC', 'Lima', null]]);
  expect(outside.cityOf('S1')).toBe('Cali');
  expect(outside.takeNew()?.places).toEqual([['S1', 'UTC', 'Cali', null]]);
});
