import type { PipelineObserver } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { counterOf, gaugeOf } from './instruments.js';
import { CONTRACT_METRICS } from './specs/contracts.js';

/** What one pipeline says of contracts. */
export function createContractObserver(
  registry: Registry,
  pipeline: string,
): Pick<PipelineObserver, 'rejected' | 'quarantined' | 'stored' | 'expected'> {
  const rejected = counterOf(registry, CONTRACT_METRICS.recordsRejected);
  const quarantined = counterOf(registry, CONTRACT_METRICS.recordsQuarantined);
  const silverRows = counterOf(registry, CONTRACT_METRICS.silverRows);
  const score = gaugeOf(registry, CONTRACT_METRICS.qualityScore);
  const checked = counterOf(registry, CONTRACT_METRICS.qualityChecked);
  const failed = counterOf(registry, CONTRACT_METRICS.qualityFailed);
  return {
    rejected: (stream, stage, reason, records) => rejected.inc({ pipeline, stream, stage, reason }, records),
    quarantined: (stream, subject, reason, records) =>
      quarantined.inc({ pipeline, stream, subject: subject ?? '', reason }, records),
    stored: (stream, subject, rows) => silverRows.inc({ pipeline, stream, subject }, rows),
    expected(stream, subject, counted) {
      for (const { name: expectation, ...counts } of counted.counts) {
        checked.inc({ pipeline, stream, subject, expectation }, counts.checked);
        failed.inc({ pipeline, stream, subject, expectation }, counts.failed);
      }
      if (counted.score !== null) score.set({ pipeline, stream, subject }, counted.score);
    },
  };
}
