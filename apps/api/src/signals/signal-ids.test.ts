import fc from 'fast-check';
import { SignalIds } from './signal-ids.js';

/** Two texts that FNV-1a gives the same 32 bits. */
const COLLIDING = ['costarring', 'liquid'];

it('answers like a map, also for ids of one hash', () => {
  const id = fc.oneof(fc.constantFrom(...COLLIDING, 'declinate', 'macallums'), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 60 }), (steps) => {
      const idByNumber: string[] = [];
      const ids = new SignalIds((number) => idByNumber[number]);
      const model = new Map<string, number>();
      for (const [signalId, isAdded] of steps) {
        const known = model.get(signalId);
        expect(ids.get(signalId)).toBe(known);
        if (known !== undefined) ids.delete(signalId, known);
        model.delete(signalId);
        if (!isAdded) continue;
        const number = idByNumber.push(signalId) - 1;
        ids.set(signalId, number);
        model.set(signalId, number);
      }
      for (const signalId of [...COLLIDING, ...idByNumber])
        expect(ids.get(signalId)).toBe(model.get(signalId));
    }),
  );
});
