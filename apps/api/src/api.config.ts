import {
  count,
  environmentField,
  httpFields,
  lakeField,
  logLevelField,
  streamFields,
  tracingFields,
} from '@gondola/config';
import { z } from 'zod';
import { accessFields, requireKeysOffLoopback } from './access/access.config.js';
import { explainFields } from './explain/explain.config.js';
import { webhooksFields } from './webhooks/webhooks.config.js';

const share = (byDefault: number) => z.number().gt(0).max(1).default(byDefault);

const fields = z.strictObject({
  /** Which environment's tables are read: dev, qa, prod or another name. */
  environment: environmentField,
  /** Where the lake is: folder, s3:// or az://. */
  lake: lakeField,
  http: httpFields(8080).prefault({}),
  access: accessFields,
  limits: z
    .strictObject({
      /** Within which a request has to come whole. */
      requestMs: count(1_000, 600_000).default(60_000),
      /** Of all headers of a request together. */
      headerBytesMax: count(4_096, 65_536).default(16_384),
    })
    .prefault({}),
  tracing: tracingFields,
  /** Signals kept in memory for queries; the newest stay. Open shelves stay whatever their age. */
  signalsKept: count(1, 1_000_000).default(20_000),
  /** Days of the signals table read at start, counted back from its newest day. */
  historyDays: count(1, 3_650).default(14),
  /** Names of items and stores kept in memory. */
  namesKept: count(1, 10_000_000).default(200_000),
  /** Shelves whose place in the store is kept in memory: 32 to 64 bytes each. */
  placesKept: count(1, 20_000_000).default(2_000_000),
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
  verdicts: z
    .strictObject({
      /** Where `POST /verdicts` writes: the stream of events. Left out: verdicts are taken by the collector alone. */
      stream: streamFields.optional(),
      /** File with the token that `POST /verdicts` takes. Left out: whoever reaches this api may judge. */
      tokenFile: z.string().min(1).optional(),
      /** Kept in memory; the newest stay. */
      kept: count(1, 10_000_000).default(100_000),
    })
    .prefault({}),
  checks: z
    .strictObject({
      /** Of the shelves that sell, drawn each day for a look; what was missed is told from them. */
      share: share(0.01),
      /** Another one draws others. */
      salt: z.string().default(''),
      /** A shelf is one that sold something in so many days before. */
      rangeDays: count(1, 366).default(14),
    })
    .prefault({}),
  kpis: z
    .strictObject({
      /** Of buyers who find a shelf empty, those who take another item of the same store. */
      substitutionShare: z.number().min(0).max(1).default(0.45),
      /** Of a sale, what is left; 1: values are sales. */
      marginShare: share(1),
      minutesPerLook: z.number().positive().default(4),
    })
    .prefault({}),
  insights: z
    .strictObject({
      /** Days that `/insights` and `/brief` can tell of, counted back from the newest of each table. */
      historyDays: count(1, 3_650).default(90),
      /** How often the lake is asked for what is new in them. */
      refreshMs: count(10, 3_600_000).default(10_000),
    })
    .prefault({}),
  explain: explainFields.prefault({}),
  webhooks: webhooksFields.prefault({}),
  logLevel: logLevelField,
});

/** What a user may set for the api. Every field but two has a default; unknown fields are refused. */
export const apiConfigSchema = fields.superRefine(requireKeysOffLoopback);

export type ApiConfig = z.output<typeof apiConfigSchema>;
/** What a configuration file holds: fields with a default may be left out. */
export type ApiConfigInput = z.input<typeof apiConfigSchema>;
