import { z } from 'zod';
import { EXPECTATION_ACTIONS } from '@gondola/events';

const field = z.string().min(1);
const share = z.number().min(0).max(1);
const positive = z.number().positive();
const bounds = z.strictObject({
  min: z.number().nonnegative().nullable().default(null),
  max: z.number().nonnegative().nullable().default(null),
});

/** Terms of every expectation that an environment may have of its own. */
const terms = {
  action: z.enum(EXPECTATION_ACTIONS),
  /** Share of what is checked that must be as expected. */
  atLeast: share,
  /** How much it counts in the score beside the others. */
  weight: positive,
  /** `fail`: an hour of fewer checks stops no service. */
  checkedMin: z.int().positive(),
};

/** `fixed` is the same everywhere; `own` may differ by environment too. */
function expectation<
  const K extends string,
  F extends Record<string, z.ZodType>,
  O extends Record<string, z.ZodType>,
>(kind: K, fixed: F, own: O) {
  const different = z.strictObject({ ...terms, ...own }).partial();
  return z.strictObject({
    name: z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'an expectation is named like anExpectation'),
    kind: z.literal(kind),
    action: terms.action.default('warn'),
    atLeast: terms.atLeast.default(1),
    weight: terms.weight.default(1),
    checkedMin: terms.checkedMin.default(1_000),
    ...fixed,
    ...own,
    /** Name of an environment -> what is different there. */
    environments: z.record(z.string().min(1), different).default({}),
  });
}

/** What a contract may expect. Names are the schema's field names. */
export const expectationSpec = z.discriminatedUnion('kind', [
  /** The field is given: not null, and no empty text. */
  expectation('completeness', { field }, {}),
  /** From the event to the broker. */
  expectation('freshness', {}, { withinMinutes: positive }),
  /** Events of an hour, as numbers or as factors of what is usual for the hour and weekday. */
  expectation('volume', {}, { perHour: bounds.optional(), ofUsual: bounds.optional() }),
  /** Of these fields together, over so many hours; without fields: of the events themselves, which dedupe tells. */
  expectation(
    'uniqueness',
    { fields: z.array(field).min(1).optional() },
    { withinHours: positive.optional() },
  ),
  /** Null is in every range. */
  expectation('range', { field }, { min: z.number().optional(), max: z.number().optional() }),
  /** The key of an event of another subject, e.g. retail.catalog.item. */
  expectation('reference', { field, subject: field }, {}),
]);

export type ExpectationSpec = z.infer<typeof expectationSpec>;
