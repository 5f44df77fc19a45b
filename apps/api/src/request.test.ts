import { BadRequestException } from '@nestjs/common';
import fc from 'fast-check';
import {
  parse,
  parseShelvesQuery,
  parseSignalsQuery,
  parseStreamQuery,
  signalCursors,
  storesQuery,
} from './request.js';

const problemOf = (act: () => unknown): { parameter: string; detail: string } => {
  try {
    act();
  } catch (error) {
    if (error instanceof BadRequestException)
      return error.getResponse() as { parameter: string; detail: string };
    throw error;
  }
  throw new Error('was accepted');
};

describe('parameters of a query', () => {
  it('lets everything through when nothing is asked', () => {
    expect(parseSignalsQuery({})).toEqual({ filter: {}, folded: false, limit: 100, after: null });
    expect(parseShelvesQuery({})).toEqual({ filter: {}, folded: false, limit: 10, after: null });
    expect(parse(storesQuery, {})).toEqual({ limit: 200 });
  });

  it.each([['silent,coming'], [['silent', 'coming']], [['silent,coming', 'silent']]])(
    'takes kinds from %j',
    (kind) => {
      expect(parseStreamQuery({ kind }).kinds).toEqual(new Set(['silent', 'coming']));
    },
  );

  it.each([
    ['1777600000000', 1_777_600_000_000],
    ['0', 0],
    ['2026-05-01T10:00:00Z', Date.UTC(2026, 4, 1, 10)],
    ['2026-05-01T10:00:00.250Z', Date.UTC(2026, 4, 1, 10, 0, 0, 250)],
    ['2026-05-01T10:00:00+02:00', Date.UTC(2026, 4, 1, 8)],
    // An unescaped + arrives as a space.
    ['2026-05-01T10:00:00 02:00', Date.UTC(2026, 4, 1, 8)],
    ['2026-05-01', Date.UTC(2026, 4, 1)],
  ])('reads since=%s', (since, timeMs) => {
    expect(parseStreamQuery({ since }).sinceMs).toBe(timeMs);
  });

  it.each([
    [{ kind: 'stolen' }, 'kind'],
    [{ kind: '' }, 'kind'],
    [{ kind: ['silent', 'x'] }, 'kind'],
    [{ since: 'yesterday' }, 'since'],
    [{ since: '2026-05-01T10:00:00' }, 'since'],
    [{ since: '2026-13-01' }, 'since'],
    [{ since: '2026-02-30' }, 'since'],
    [{ since: '99999999999999999' }, 'since'],
    [{ since: ['1', '2'] }, 'since'],
    [{ limit: '0' }, 'limit'],
    [{ limit: '1001' }, 'limit'],
    [{ limit: '1e2' }, 'limit'],
    [{ limit: '-1' }, 'limit'],
    [{ cursor: 'page2' }, 'cursor'],
    [{ store: '' }, 'store'],
    [{ store: ['1', '2'] }, 'store'],
    [{ item: 'x'.repeat(257) }, 'item'],
    [{ sotre: '1' }, 'sotre'],
    [{ __proto__: null, constructor: 'x' }, 'constructor'],
  ])('refuses %j and names the parameter', (query, parameter) => {
    const problem = problemOf(() => parseSignalsQuery(query));
    expect(problem.parameter).toBe(parameter);
    expect(problem.detail).toMatch(new RegExp(`^${parameter}: `));
  });

  it('gives any cursor back as it was', () => {
    const cursors = fc.record({
      atMs: fc.integer(),
      signalId: fc.string({ minLength: 1, unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(parseSignalsQuery({ cursor: signalCursors.after(cursor) }).after).toEqual(cursor);
      }),
    );
  });
});
