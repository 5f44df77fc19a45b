import { z } from 'zod';

/** Fields that several services share: one meaning, one default. */

export const count = (min: number, max: number) => z.int().min(min).max(max);

/** First folder of every table; a process of one environment refuses the tables of another. */
export const environmentField = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z, 0-9 and -');

/** What is published together: whichever limit is reached first. */
export const flushFields = z.strictObject({
  rowsMax: count(1, 10_000_000).default(200_000),
  bytesMax: count(1_024, 2 ** 31).default(64 << 20),
  ageMsMax: count(1, 3_600_000).default(5_000),
  /** Days of event time, each of which is a file. */
  daysMax: count(1, 100_000).default(1_000),
  /** Of the whole process; above it what is buffered is published early. */
  memoryBytesMax: count(1 << 26, 2 ** 40).default(448 << 20),
});

/** Stop rather than fill quarantine. */
export const quarantineFields = z.strictObject({
  /** Share of quarantined records, 0 to 1; 1 switches the limit off. */
  shareMax: z.number().min(0).max(1).default(0.5),
  windowRecords: count(1, 100_000_000).default(10_000),
});

export const dedupeFields = z.strictObject({
  /** Event time within which a second record of the same identity is a duplicate. */
  windowHours: z
    .number()
    .positive()
    .max(24 * 31)
    .default(24),
});

/** Folder of the contracts; those of this project when not set. */
export const schemasField = z.string().min(1).optional();

/** Where a service answers `/health/live`, `/health/ready` and `/metrics`. */
export const httpFields = (portDefault: number) =>
  z.strictObject({
    /** 127.0.0.1 answers this machine only; 0.0.0.0 answers everybody who can reach it. */
    host: z.string().min(1).default('127.0.0.1'),
    /** 0: any free port. */
    port: count(0, 65_535).default(portDefault),
    /** Cut off from its stream or lake for longer, a service says on `/health/ready` that it is not ready. */
    unreadyMs: count(0, 3_600_000).default(10_000),
    /** Told to stop, a service that has not published what it holds by then is ended: less than the pod's grace time. */
    drainMs: count(100, 3_600_000).default(25_000),
    /**
     * Whoever is on this machine may change log levels at `/log-level`. Who comes through a proxy on it looks the same, so
     * nobody may unless told.
     */
    localLogLevels: z.boolean().default(false),
  });
