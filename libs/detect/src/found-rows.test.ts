import type { ShelfEvents, Signal } from '@gondola/events';
import fc from 'fast-check';
import { eventsOf, history, testModel } from '../test/support.js';
import { Engine } from './engine.js';

const options = { environment: 'test', model: testModel };

/** The same events; texts that the list lacks are added to it. */
function numbered(events: ShelfEvents, texts: string[]): ShelfEvents {
  const numbersOf = (column: readonly string[]) =>
    Int32Array.from(column, (text) => {
      if (!texts.includes(text)) texts.push(text);
      return texts.indexOf(text);
    });
  const [store, item] = [numbersOf(events.store), numbersOf(events.item)];
  return { ...events, numbered: { store: { texts, numbers: store }, item: { texts, numbers: item } } };
}

const batchSize = fc.integer({ min: 1, max: 9 });
const batchesOfAList = fc.integer({ min: 1, max: 5 });

it('finds stores and items by the numbers of their texts, of one list after the other, as by the texts', () => {
  fc.assert(
    fc.property(history, batchSize, batchesOfAList, (rows, size, times) => {
      const engine = new Engine(options);
      const signals: Signal[] = [];
      let texts: string[] = [];
      for (let from = 0, batch = 0; from < rows.length; from += size, batch++) {
        if (batch % times === 0) texts = ['none of them'];
        const events = eventsOf(rows.slice(from, from + size));
        signals.push(...engine.apply(batch % 4 === 3 ? events : numbered(events, texts)));
      }
      const whole = new Engine(options);
      expect(signals).toEqual(whole.apply(eventsOf(rows)));
      expect(Buffer.from(engine.toBytes()).equals(Buffer.from(whole.toBytes()))).toBe(true);
    }),
  );
});
