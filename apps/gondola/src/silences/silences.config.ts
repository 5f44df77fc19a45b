import { count, environmentField, lakeField } from '@gondola/config';
import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

/** What `gondola silences` is told. Every field but three has a default; unknown fields are refused. */
export const silencesConfigSchema = z.strictObject({
  environment: environmentField,
  /** Where silver's closures are. */
  lake: lakeField,
  alertmanager: z.strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => new URL(url).username === '', 'must not hold a user'),
    /** File with a bearer token, where a proxy before Alertmanager wants one. */
    tokenFile: z.string().min(1).optional(),
    deadlineMs: count(100, 600_000).default(10_000),
  }),
  /** Silence stores that `retail.catalog.closure` says are closed. */
  closures: z.boolean().default(true),
  /** Windows that begin later are made by a later run. */
  daysAhead: count(1, 366).default(14),
  /** Planned work. Alerts that fit all that a window names are silent in it; it names at least one thing. */
  maintenance: z
    .array(
      z
        .strictObject({
          /** Of this window, for ever. */
          name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9 and -'),
          from: time,
          until: time,
          reason: z.string().min(1),
          stores: z.array(z.string().min(1)).min(1).optional(),
          teams: z.array(z.string().min(1)).min(1).optional(),
          alerts: z.array(z.string().min(1)).min(1).optional(),
        })
        .refine(({ from, until }) => Date.parse(from) < Date.parse(until), {
          path: ['until'],
          message: 'must be after from',
        })
        .refine(({ stores, teams, alerts }) => stores ?? teams ?? alerts, {
          path: ['stores'],
          message: 'stores, teams or alerts must say what is silent',
        }),
    )
    .refine((windows) => new Set(windows.map(({ name }) => name)).size === windows.length, 'names are unique')
    .default([]),
});

export type SilencesConfig = z.output<typeof silencesConfigSchema>;
