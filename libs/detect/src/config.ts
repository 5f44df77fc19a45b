import { z } from 'zod';
import { SURE_HOURS_MAX } from './sure-hours.js';

/** P(a visit meets it | the shelf is empty) and P(the same | it is not). */
const met = (out: number, inStock: number) =>
  z
    .strictObject({ out: z.number().gt(0).lte(1), in: z.number().gt(0).lte(1) })
    .prefault({ out, in: inStock });

/** Limits the operator may move. Defaults are what was measured; see the field notes. */
export const detectConfigSchema = z.strictObject({
  /** IANA time zone of stores that no `setStore` spoke of. */
  timeZone: z.string().default('UTC'),
  /** An event this much older than its store's newest still counts in its own tick. At most one tick. */
  allowedLatenessMs: z.number().int().min(0).max(3_600_000).default(120_000),
  /** A store whose events stand still this much event time behind its partition's second newest store is moved on. */
  storeLagMsMax: z.number().int().min(3_600_000).default(7_200_000),
  /** How long after a tick's end, by the clock, a silent store is moved on (`advance`). */
  idleMsMax: z.number().int().min(0).default(300_000),
  /**
   * Calibrated probability at which an empty shelf is signalled; it is withdrawn below half of it.
   */
  raiseProbability: z.number().gt(0).max(1).default(0.6),
  /**
   * At the ends of how many hours in a row it must be believed to be empty, where sales alone speak of it: no record, nobody who looked.
   */
  raiseHours: z.number().int().min(1).max(SURE_HOURS_MAX).default(2),
  /**
   * The same for `coming`; null: what the model file says, .5 in `trees-2026.11`: .57 of the signals by its trees right, .58 false ones
   * a shelf-week, .30 of the stockouts of 2 h and more announced, 2 h before (median); by hazards .45, .17, .06, 3 h (`npm run
   * bench -- signals PANEL --alone --raise .6 --coming .5`, the same stores and days).
   */
  comingProbability: z.number().gt(0).max(1).nullable().default(null),
  /**
   * Stream on which the detectors of an environment tell each other what their stores say of items, hour by hour; null: what trees
   * know of other stores is what the same partition knows. See decisions/0029.
   */
  sumsStream: z.string().min(1).nullable().default(null),
  /** How far `coming` looks ahead; null: what the model file says. */
  comingHours: z.number().int().min(1).max(24).nullable().default(null),
  /** How long it takes to fill a shelf from the backroom, for `actByMs` of shelves whose orders nobody tells; null: not known. */
  backroomLeadMs: z.number().int().min(0).nullable().default(null),
  /** Not sold for so long and no stock on record: taken for not sold here any more, without signals until its next sale. */
  delistedDays: z.number().int().min(1).default(28),
  /**
   * A share of shelf-weeks, drawn by lot, whose signals are flagged `hold_out` and shown to nobody: what signals bring is
   * measured against them. Off unless somebody wants to know, for it costs those sales. The salt draws others.
   */
  holdOut: z
    .strictObject({ share: z.number().min(0).max(0.5).default(0), salt: z.string().default('') })
    .prefault({}),
  /** What visits of the web shop and pickers are worth: note 0028. Only the ratio of two figures counts. */
  clickstream: z
    .strictObject({
      seenOut: met(0.6, 0.02),
      cartFailed: met(0.6, 0.02),
      carted: met(0.4, 0.8),
      nilPick: met(0.9, 0.03),
      picked: met(0.1, 0.97),
      searchMissed: met(0.4, 0.04),
      /** Log-odds; visits of one hour are not independent. */
      perHourMax: z.number().positive().max(10).default(4),
    })
    .prefault({}),
});

export type DetectConfig = z.infer<typeof detectConfigSchema>;
