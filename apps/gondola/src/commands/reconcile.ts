import { existsSync } from 'node:fs';
import { EmbeddedLog } from '@gondola/broker-embedded';
import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema, type IngestConfig } from '@gondola/ingest';
import { reconcile as reconcileTables, type HourTotals, type ReconcileResult } from '@gondola/lake-upkeep';
import type { Checkpoint } from '@gondola/stream';
import { createJudge } from '@gondola/quarantine';
import { UsageError, type Command } from '../command.js';
import { readMaskingKey } from '../line.js';
import { openRegistryOf } from '../open-registry.js';
import { noPositionals, parseDates, upkeepDeps } from '../upkeep-line.js';

/** Lines for people; `--json` has all that are kept. */
const FINDINGS_SHOWN = 20;

export const reconcile: Command = {
  summary:
    'hold stream, bronze, silver and quarantine against each other; exit 1 and the list when they differ',
  usage:
    '--config FILE [--dates A..B] [--quick] [--with-expired]   (--quick: counts and positions only, nothing is judged again)',
  options: {
    config: { type: 'string' },
    dates: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'with-expired': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('reconcile', positionals);
    if (typeof values['config'] !== 'string') throw new UsageError('reconcile takes --config FILE');
    const dates = parseDates(values['dates']);
    const isQuick = values['quick'] === true;
    const config = readConfigFile(values['config'], ingestConfigSchema);
    const deps = upkeepDeps(config, context);
    await using opened = new AsyncDisposableStack();
    const registry = await openRegistryOf(config, { ...deps, opened });
    const maskingKey = readMaskingKey(config);
    const judge = createJudge(config, { ...deps, registry, maskingKey });
    const result = await reconcileTables(deps, {
      stream: config.stream.name,
      dates,
      subjects: judge.subjects,
      createPipeline: isQuick ? null : judge.into,
      kept: keptPositions(config),
      withExpired: values['with-expired'] === true,
      signal: context.signal,
    });
    context.say(describe(result, isQuick));
    return { command: 'reconcile', quick: isQuick, ...result };
  },
};

/** First positions that the embedded stream still has; null when its file is not on this machine. */
function keptPositions({ stream }: IngestConfig): Checkpoint | null {
  if (stream.broker !== 'embedded' || !existsSync(stream.file)) return null;
  const { file, name } = stream;
  const log = EmbeddedLog.open(file);
  try {
    const kept = log.ends(name).filter(({ first, next }) => first < next);
    return new Map(kept.map(({ partition, first }) => [partition, BigInt(first)]));
  } finally {
    log.close();
  }
}

function describe(result: ReconcileResult, isQuick: boolean): string {
  const { ok, records, hours, findings, positions } = result;
  const shown = findings.slice(0, FINDINGS_SHOWN).map(({ kind, partition, hour, from, to }) => {
    const where = from === to ? `position ${from}` : `positions ${from} to ${to}`;
    return `  ${kind}: partition ${partition}, ${hour ? `hour ${hour}` : 'hour unknown'}, ${where}`;
  });
  const rest = findings.length > FINDINGS_SHOWN ? [`  ... ${findings.length - FINDINGS_SHOWN} more`] : [];
  const faults = Object.entries(positions).map(([kind, count]) => `${kind} ${count}`);
  const nowhere = hours.reduce((sum, hour) => sum + hour.inNoTable, 0);
  const good = isQuick
    ? `nothing is wrong by count and position; ${nowhere} are in no table: duplicates, lost or expired, which only the full run tells`
    : 'everything is accounted for';
  const bad = faults.length > 0 ? `positions at fault: ${faults.join(', ')}` : 'stopped';
  return [
    ...tableOf(hours),
    ...shown,
    ...rest,
    ...notCompared(result),
    `${records} records: ${ok ? good : bad}`,
  ].join('\n');
}

/** What a clean result does not vouch for. */
function notCompared({ streamCompared, expiredBefore }: ReconcileResult): string[] {
  const expired = Object.entries(expiredBefore).map(
    ([path, date]) => `  not compared: ${path} before ${date}, which expired (--with-expired compares it)`,
  );
  if (streamCompared) return expired;
  return [
    ...expired,
    '  not compared: the stream. Records that it still has and bronze never had at its beginning would not be noticed',
  ];
}

function tableOf(hours: readonly HourTotals[]): string[] {
  const expected = (found: number, wanted = found) =>
    found === wanted ? `${found}` : `${found} of ${wanted}`;
  const rows = hours.map(({ judged, ...one }) => [
    one.partition,
    one.hour,
    String(one.records),
    expected(one.silverRows, judged?.silverRowsExpected),
    expected(one.quarantined, judged?.quarantinedExpected),
    String(one.inNoTable),
    ...(judged ? [String(judged.duplicates), judged.checksum] : []),
    one.ok ? 'ok' : 'BAD',
  ]);
  const judgedHeads = hours.some(({ judged }) => judged) ? ['duplicates', 'checksum'] : [];
  const heads = ['partition', 'hour (UTC)', 'records', 'silver rows', 'quarantined', 'in no table'];
  const lines = [[...heads, ...judgedHeads, ''], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
