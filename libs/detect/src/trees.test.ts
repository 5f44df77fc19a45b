import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';
import fc from 'fast-check';
import { Ensemble, type EnsembleFile } from './trees.js';

/** Made by apps/trainer/make_fixture.py: rows (null: missing) and what LightGBM says of them. */
interface Fixture {
  readonly columns: number;
  readonly ensemble: EnsembleFile;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly odds: readonly number[];
  readonly stump: EnsembleFile;
  readonly stump_odds: number;
}

const fixture = JSON.parse(readFileSync(new URL('../test/trees.json', import.meta.url), 'utf8')) as Fixture;
const { columns, ensemble: file } = fixture;
const matrix = Float32Array.from(fixture.rows.flat(), (x) => x ?? NaN);

function oddsOf(ensemble: Ensemble, rows: Float32Array, width = columns): Float64Array {
  const count = rows.length / width;
  const odds = new Float64Array(count);
  ensemble.addOdds(rows, width, count, odds);
  return odds;
}

it('says what LightGBM says, also of missing values and on thresholds', () => {
  const odds = oddsOf(Ensemble.of(file, columns, 'trees'), matrix);
  expect(odds).toHaveLength(fixture.odds.length);
  fixture.odds.forEach((wanted, row) => expect(odds[row]).toBeCloseTo(wanted, 5));
});

it('reads a tree that never splits', () => {
  const [odds] = oddsOf(Ensemble.of(fixture.stump, columns, 'trees'), matrix.slice(0, columns));
  expect(odds).toBeCloseTo(fixture.stump_odds, 6);
});

it('scores a row the same in any block and beside any features that no tree asks for', () => {
  const many = new Float32Array(1000 * columns);
  for (let at = 0; at < many.length; at++) many[at] = matrix[at % matrix.length];
  const ensemble = Ensemble.of(file, columns, 'trees');
  const odds = oddsOf(ensemble, many);
  const alone = oddsOf(ensemble, matrix);
  odds.forEach((value, row) => expect(value).toBe(alone[row % alone.length]));
  const wide = new Float32Array(fixture.rows.length * (columns + 3)).fill(NaN);
  fixture.rows.forEach((row, at) =>
    wide.set(
      row.map((x) => x ?? NaN),
      at * (columns + 3),
    ),
  );
  expect(oddsOf(ensemble, wide, columns + 3)).toEqual(alone);
});

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const changed = (part: 'feature' | 'value' | 'right', change: (buffer: Buffer) => Buffer): EnsembleFile => ({
  ...file,
  [part]: change(bytes(file[part])).toString('base64'),
});

describe('an ensemble is refused, naming the field', () => {
  it.each<[string, EnsembleFile, string]>([
    ['cut off', changed('value', (b) => b.subarray(0, -1)), 'trees.value'],
    ['another number of nodes', { ...file, nodes: file.nodes.slice(1) }, 'trees.feature'],
    ['NaN', changed('value', (b) => (b.writeFloatLE(NaN, 0), b)), 'tree 0: node 0'],
    ['an infinite leaf', changed('value', (b) => (b.writeFloatLE(Infinity, b.length - 4), b)), 'tree 11'],
    [
      'a feature that there is not',
      changed('feature', (b) => (b.writeUInt8(columns, 0), b)),
      'not in the list',
    ],
    ['a loop', changed('right', (b) => (b.writeUInt16LE(1, 0), b)), 'is no tree'],
    ['a child beyond the tree', changed('right', (b) => (b.writeUInt16LE(999, 0), b)), 'is no tree'],
  ])('%s', (_, broken, message) => {
    expect(() => Ensemble.of(broken, columns, 'trees')).toThrow(SetupError);
    expect(() => Ensemble.of(broken, columns, 'trees')).toThrow(message);
  });

  it('or is a tree, whatever a byte becomes', () => {
    const part = fc.constantFrom('feature' as const, 'right' as const);
    fc.assert(
      fc.property(part, fc.nat(), fc.nat(255), (name, at, value) => {
        const broken = changed(name, (b) => ((b[at % b.length] = value), b));
        try {
          // A walk that leaves its tree would not end or not give a number.
          expect(oddsOf(Ensemble.of(broken, columns, 'trees'), matrix).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SetupError);
        }
      }),
    );
  });
});
