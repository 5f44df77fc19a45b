import { count, environmentField, httpFields, lakeField } from '@gondola/config';
import { LOG_LEVELS } from '@gondola/telemetry';
import { z } from 'zod';

/** What a user may set for the api. Every field but two has a default; unknown fields are refused. */
export const apiConfigSchema = z.strictObject({
  /** Which environment's tables are read: dev, qa, prod or another name. */
  environment: environmentField,
  /** Where the lake is: folder, s3:// or az://. */
  lake: lakeField,
  http: httpFields(8080).prefault({}),
  /** Signals kept in memory for queries; the newest stay. Open shelves stay whatever their age. */
  signalsKept: count(1, 1_000_000).default(20_000),
  /** Days of the signals table read at start, counted back from its newest day. */
  historyDays: count(1, 3_650).default(14),
  /** Names of items and stores kept in memory. */
  namesKept: count(1, 10_000_000).default(200_000),
  /** Hours of sources kept in memory for `/quality`; the newest stay. */
  qualityHoursKept: count(1, 1_000_000).default(20_000),
  /** How often the lake is asked for new signals. */
  pollMs: count(10, 60_000).default(100),
  stream: z
    .strictObject({
      /** Clients that may follow `/signals/stream` at a time. */
      clientsMax: count(1, 10_000).default(100),
      /** Between two signs of life; a client that read nothing for that long is dropped. */
      heartbeatMs: count(20, 60_000).default(15_000),
    })
    .prefault({}),
  quarantine: z
    .strictObject({
      /**
       * The configuration of ingest that writes this lake: its contracts and registry say what records of quarantine are, and
       * replays are judged by it. Left out: the shipped contracts, and no replays.
       */
      ingest: z.string().min(1).optional(),
      /** File with the token that `POST /quarantine/replays` takes. Left out: no replays. */
      tokenFile: z.string().min(1).optional(),
    })
    .prefault({}),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});

export type ApiConfig = z.output<typeof apiConfigSchema>;
/** What a configuration file holds: fields with a default may be left out. */
export type ApiConfigInput = z.input<typeof apiConfigSchema>;
