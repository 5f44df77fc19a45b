import type { MetricsRegistry } from '@gondola/telemetry';

/** How far a pipeline of this process is behind its stream. */
export interface PipelineLag {
  readonly pipeline: string;
  readonly stream: string;
  /** Not read yet; null where the stream does not number its records. */
  readonly records: number | null;
  /** How old a record may be and not be read yet, of the partition that is furthest behind; null where that is not known. */
  readonly seconds: number | null;
}

/** Empty where pipelines run in other processes: theirs say it in their own metrics. */
export async function lagOf(metrics: Pick<MetricsRegistry, 'getSingleMetric'>): Promise<PipelineLag[]> {
  const [records, seconds] = await Promise.all([
    valuesOf(metrics, 'gondola_lag_records'),
    valuesOf(metrics, 'gondola_lag_seconds'),
  ]);
  const keys = new Set([...records.keys(), ...seconds.keys()]);
  return [...keys].sort().map((key) => {
    const [pipeline, stream] = JSON.parse(key) as [string, string];
    return {
      ...{ pipeline, stream },
      records: records.get(key)?.reduce((sum, value) => sum + value, 0) ?? null,
      seconds: seconds.has(key) ? Math.max(...(seconds.get(key) ?? [])) : null,
    };
  });
}

/** `[pipeline, stream]` as JSON -> one value for each partition. */
async function valuesOf(
  metrics: Pick<MetricsRegistry, 'getSingleMetric'>,
  name: string,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const { labels, value } of (await metrics.getSingleMetric(name)?.get())?.values ?? []) {
    const key = JSON.stringify([String(labels['pipeline']), String(labels['stream'])]);
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}
