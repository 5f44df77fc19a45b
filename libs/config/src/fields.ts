import { z } from 'zod';

/** Fields that several services share: one meaning, one default. */

export const count = (min: number, max: number) => z.int().min(min).max(max);

/** First folder of every table; a process of one environment refuses the tables of another. */
export const environmentField = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z, 0-9 and -');

/** The embedded stream. */
export const streamFields = z.strictObject({
  /** SQLite file of the embedded log. */
  file: z.string().min(1, 'must name a file'),
  /** Stream within it that holds the shops' events, keyed by store. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, 0-9, dot, - and _')
    .default('events'),
  /** Stream of signals within it. */
  signals: z.string().min(1).default('signals'),
  /** Partitions of a stream that is made new; an existing one keeps its own. */
  partitions: count(1, 1_000).default(4),
  /** Bytes read at once from one partition. */
  batchBytesMax: count(1_024, 1 << 28).default(4 << 20),
  /** Go on, with the gap logged, when records were forgotten before they were read. */
  allowGap: z.boolean().default(false),
});

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
  });
