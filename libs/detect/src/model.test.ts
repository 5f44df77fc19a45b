import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';
import { reference } from '../test/support.js';
import { ledgerHazard, modelOf, modelText, parseModel } from './model.js';

// Deliberately wrong shapes are built here, so the type is given up.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = Record<string, any>;

const changed = (change: (file: Loose) => void) => {
  const file = structuredClone(reference.model) as Loose;
  change(file);
  return JSON.stringify(file);
};

describe('a model file is refused, naming the field', () => {
  it.each([
    ['cut off', JSON.stringify(reference.model).slice(0, 900), 'not whole JSON'],
    ['another format', changed((f) => (f['format'] = 2)), 'format'],
    ['a table too short', changed((f) => f['restock'].pop()), 'restock'],
    ['a hazard cell too few', changed((f) => f['hazard'][3][1][4].pop()), 'hazard.3.1.4'],
    ['NaN, which JSON writes as null', changed((f) => (f['profile'].global[7] = NaN)), 'profile.global.7'],
    [
      'a probability above 1',
      changed((f) => (f['evidence'].sale_when_out[0] = 1.2)),
      'evidence.sale_when_out.0',
    ],
    ['a rate that is not positive', changed((f) => (f['rate'].exposure = 0)), 'rate.exposure'],
    ['a falling calibration', changed((f) => (f['calibration'].y = [0, 0.9, 0.6, 1])), 'calibration'],
    ['a missing part', changed((f) => delete f['ledger']), 'ledger'],
    ['a part nobody knows', changed((f) => (f['forest'] = [])), '(whole)'],
    [
      'a number too large to be one',
      changed((f) => (f['rate'].shape = 'X')).replace('"X"', '1e999'),
      'rate.shape',
    ],
    [
      'a number changed since it was hashed',
      modelText(modelOf(reference.model)).replace(/"temper":[\d.]+/, '"temper":0.5'),
      'sha256',
    ],
    ['ledger tables of other lengths', changed((f) => f['ledger'].hazard_after_sale.pop()), 'ledger'],
  ])('%s', (_, text, field) => {
    expect(() => parseModel(text)).toThrow(SetupError);
    expect(() => parseModel(text)).toThrow(field);
    expect(() => parseModel(text)).toThrow(expect.objectContaining({ code: 'model_invalid' }));
  });
});

it('has one hash, in whatever order its fields stand, and its text brings it', () => {
  const model = modelOf(reference.model);
  expect(model.hash).toMatch(/^[0-9a-f]{64}$/);
  const turned = Object.fromEntries(Object.entries(reference.model).reverse());
  expect(modelOf(turned).hash).toBe(model.hash);
  const again = parseModel(modelText(model));
  expect(again.file.sha256).toBe(model.hash);
  expect(again.hash).toBe(model.hash);
  expect(modelOf({ ...reference.model, version: 'other' }).hash).not.toBe(model.hash);
});

it('gives an unknown category the global profile', () => {
  const model = modelOf(reference.model);
  expect(model.profileRowOf('1')).toBe(1);
  expect(model.profileRowOf('no such')).toBe(0);
  expect(model.profileRowOf(null)).toBe(0);
  expect([...model.profile.subarray(0, 24)]).toEqual(reference.model.profile.global);
});

it.each([
  [0, true, 0.965],
  [0.2, true, 0.39],
  [0.9, true, 0.04],
  [100, true, 0.002],
  [0, false, 0.039],
])('hazard of a record worth %d spans of 4 h, units just left: %s', (cover, left, hazard) => {
  expect(ledgerHazard(modelOf(reference.model), cover, left)).toBe(hazard);
});

it('reads the filter that ships', () => {
  const text = readFileSync(
    new URL('../../../apps/gondola/models/hmm-2026.11.json', import.meta.url),
    'utf8',
  );
  const model = parseModel(text);
  expect(model.version).toBe('hmm-2026.11');
  expect(model.file.fitted_on.licence).toBe('CC BY 4.0');
  // What every use of it relies on: the hazard belongs to the sale, not to the hour.
  const mean = (sale: number) =>
    model.file.hazard.slice(6, 22).reduce((sum, hour) => sum + hour[sale][2][1], 0) / 16;
  expect(mean(1)).toBeGreaterThan(5 * mean(0));
});

it('reads the trees that ship, and they are small', () => {
  const file = new URL('../../../apps/gondola/models/trees-2026.11.json', import.meta.url);
  const text = readFileSync(file, 'utf8');
  expect(text.length).toBeLessThan(2_000_000);
  const model = parseModel(text);
  expect(model.version).toBe('trees-2026.11');
  expect(model.trees?.second).not.toBeNull();
});
