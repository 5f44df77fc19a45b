import { reference, referencePanel, testModel } from '../test/support.js';
import { runPanel, scorePanel, storesOf } from './panel.js';

const HOURS_CHECKED = 48;

it('computes the posteriors of the numerical reference', () => {
  const hours = reference.days * 24;
  let compared = 0;
  runPanel(referencePanel, storesOf(referencePanel), {
    model: testModel,
    days: reference.days,
    onTick(range, day, hour, view) {
      expect(view.seeing).toBe(true);
      const place = day * 24 + hour - (hours - HOURS_CHECKED);
      if (place < 0) return;
      for (let row = 0; row < view.count; row++) {
        expect(view.posterior[row]).toBeCloseTo(reference.posterior[range.first + row][place], 9);
        compared++;
      }
    },
  });
  expect(compared).toBe(HOURS_CHECKED * reference.store.length);
});

it('scores the hours 06 to 21, calibrated, and never looks at labels', () => {
  const labelled = {
    ...referencePanel,
    outMask: new Int32Array(referencePanel.series * referencePanel.days).fill(-1),
  };
  const plain = scorePanel(referencePanel, testModel, { firstDay: 3 });
  expect(scorePanel(labelled, testModel, { firstDay: 3 })).toEqual(plain);
  const [first] = plain;
  expect(first).toMatchObject({ store: 0, firstDay: 3, days: 2 });
  expect(first.probability).toHaveLength(4 * 2 * 16);
  // Series 0, day 3, hour 6: the fourth last but one day of the checked ones starts at hour 72.
  expect(first.probability[0]).toBeCloseTo(testModel.calibrate(reference.posterior[0][72 + 6 - 72]), 6);
});
