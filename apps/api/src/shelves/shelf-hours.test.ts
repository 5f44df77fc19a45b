import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';
import { shelfHours } from './shelf-hours.js';

const units = (sold: number, expected = 2) => ({
  soldLast24h: new Array<number>(24).fill(sold),
  expectedLast24h: new Array<number>(24).fill(expected),
});
const hoursOf = (...signals: Parameters<typeof signalWith>[0][]) => shelfHours(signals.map(signalWith));

describe('the hours of a shelf', () => {
  it('are none without a signal, and those of the day before a signal with one', () => {
    expect(shelfHours([])).toEqual([]);
    const hours = hoursOf({ signalId: 'a', ...units(1) });
    expect(hours.map(({ startMs }) => (startMs - NOON_MS) / HOUR_MS)).toEqual(
      Array.from({ length: 24 }, (_, index) => index - 24),
    );
    expect(hours.at(-1)).toEqual({
      ...{ startMs: NOON_MS - HOUR_MS, soldUnits: 1, expectedUnits: 2, probability: 0.83, kind: 'silent' },
      ...{ onHandRecord: null, onHandEstimate: null },
    });
    expect(hours[0]).toMatchObject({ probability: null, kind: null });
  });

  it('are told by the newer of two signals, and of a signal within an hour up to the hour before', () => {
    const hours = hoursOf(
      { signalId: 'b', atMs: NOON_MS + 1.5 * HOUR_MS, kind: 'recovered', onHandRecord: 12, ...units(3) },
      { signalId: 'a', ...units(1) },
    );
    expect(hours).toHaveLength(25);
    expect(hours.map(({ soldUnits }) => soldUnits)).toEqual([1, ...new Array<number>(24).fill(3)]);
    // It recovered at half past one: when the last hour ended it still was open.
    expect(hours.at(-1)).toMatchObject({ startMs: NOON_MS, kind: 'silent', probability: 0.83 });
  });

  it('leave out those between, of which no signal speaks, and have no state after an end', () => {
    const hours = hoursOf(
      { signalId: 'c', atMs: NOON_MS + 72 * HOUR_MS, ...units(3) },
      { signalId: 'b', atMs: NOON_MS + HOUR_MS, kind: 'recovered', onHandRecord: 12, ...units(1) },
      { signalId: 'a', ...units(1) },
    );
    expect(hours).toHaveLength(25 + 24);
    const after = hours.find(({ startMs }) => startMs === NOON_MS + 60 * HOUR_MS);
    expect(after).toMatchObject({ kind: null, probability: null, onHandRecord: 12 });
  });
});
