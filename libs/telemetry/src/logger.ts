import { currentTrace, type Log } from '@gondola/stream';
import { pino, type DestinationStream, type Logger } from 'pino';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Whatever somebody passes by mistake: these never reach a log file. */
const SECRET_FIELDS = [
  'password',
  'passphrase',
  'secret',
  'clientSecret',
  'token',
  'accessToken',
  'authorization',
  'cookie',
  'apiKey',
  'accessKey',
  'secretAccessKey',
  'sasToken',
  'accountKey',
  'connectionString',
  'sasl',
  'credentials',
];
// Record bytes may be personal; nothing logs per record, and an error object that carries one is cut here.
const RECORD_FIELDS = ['value', 'key', 'payload'];
const CENSORED = [...SECRET_FIELDS, ...RECORD_FIELDS];

/**
 * One JSON object per line on standard error: `{level, time, name, msg, ...fields}`. For what is worth a human's
 * eye (start, stop, an outage and its end); counts belong to metrics.
 */
export function createLogger(name: string, level: LogLevel, destination?: DestinationStream): Log {
  return createPino({ name }, level, destination);
}

/** `base` stands in every line, and the trace that the line was written in, where that is recorded. */
export function createPino(
  base: Readonly<Record<string, string>>,
  level: LogLevel,
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level,
      base,
      mixin: () => {
        const trace = currentTrace();
        return trace?.isSampled ? { traceId: trace.traceId, spanId: trace.spanId } : {};
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
      redact: {
        paths: CENSORED.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    // Synchronous: the last line before an exit is the one that is needed.
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
