import type { LakeAddress, LineageConfig, StreamConfig, TracingConfig } from '@gondola/config';
import { datasetNames, openOutbox, PipelineLineage, streamDataset } from '@gondola/lineage';
import {
  systemClock,
  watchersAsOne,
  type Log,
  type PipelineWatcher,
  type SentTraces,
  type Tracer,
} from '@gondola/stream';
import { createLineageMetrics, createSpanMetrics } from '@gondola/telemetry';
import { openTracing, PipelineTracing } from '@gondola/tracing';
import { SOFTWARE } from '@gondola/detect-service';

export interface FollowConfig {
  readonly environment: string;
  readonly tracing?: TracingConfig;
  readonly lineage?: LineageConfig;
}

export interface FollowTools {
  /** Command that the process runs. */
  readonly name: string;
  /** Of the process. */
  readonly runId: string;
  readonly metrics: Parameters<typeof createSpanMetrics>[0];
  readonly log: Log;
  /** Takes what is to be closed at the end. */
  readonly opened: AsyncDisposableStack;
}

interface FollowedPipeline {
  readonly pipeline: string;
  /** What it reads. */
  readonly stream: StreamConfig;
  readonly lake: LakeAddress;
  /** Where it publishes what it names; left out: where it reads. */
  readonly output?: StreamConfig | undefined;
}

/** Traces and lineage of one process, as far as its configuration wants them. */
export interface Following {
  readonly tracer: Tracer | null;
  /** For the pipeline's service. Both null: nobody follows it. */
  of(followed: FollowedPipeline): {
    readonly watcher: PipelineWatcher | null;
    readonly traces: SentTraces | null;
  };
}

export async function openFollowing(config: FollowConfig, tools: FollowTools): Promise<Following> {
  const traces = await tracesOf(config, tools);
  const lineageOf = openLineage(config, tools);
  return {
    tracer: traces?.tracer ?? null,
    of(followed) {
      const tracing = traces?.of(followed) ?? null;
      return { watcher: watchersAsOne([tracing, lineageOf?.(followed) ?? null]), traces: tracing };
    },
  };
}

async function tracesOf({ tracing, environment }: FollowConfig, tools: FollowTools) {
  if (!tracing) return null;
  const { name, runId, metrics, log, opened } = tools;
  const counts = createSpanMetrics(metrics);
  const { tracer, close } = await openTracing(tracing, {
    ...{ log, clock: systemClock, ...counts },
    resource: {
      'service.namespace': 'gondola',
      'service.name': `gondola-${name}`,
      'service.version': SOFTWARE,
      'service.instance.id': runId,
      'deployment.environment.name': environment,
    },
  });
  opened.defer(close);
  return {
    tracer,
    of: ({ pipeline, stream }: FollowedPipeline) =>
      new PipelineTracing({
        ...{ pipeline, tracer, clock: systemClock, system: stream.broker, recordsMax: tracing.recordsMax },
        onBeyondLimit: (records) => counts.onDropped(records, 'limit'),
      }),
  };
}

function openLineage({ lineage, environment }: FollowConfig, { metrics, log, opened }: FollowTools) {
  if (!lineage) return null;
  const outbox = openOutbox(lineage, { log, clock: systemClock, ...createLineageMetrics(metrics) });
  opened.defer(() => outbox.close());
  return ({ pipeline, stream, lake, output = stream }: FollowedPipeline) =>
    new PipelineLineage({
      ...{ pipeline, namespace: lineage.namespace ?? `gondola-${environment}`, version: SOFTWARE },
      input: streamDataset(stream, stream.name),
      names: datasetNames(output, lake, environment),
      clock: systemClock,
      add: (event) => outbox.add(event),
    });
}
