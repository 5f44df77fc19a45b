import type { Pipeline } from './pipeline.js';
import { PipelineRunner, type RunnerDeps, type RunnerOptions } from './runner.js';
import type { Service } from './service.js';
import type { Source } from './source.js';

/** A stream that is read whole, and then followed. */
export interface WholeStream extends Service {
  /** Resolves when every record that the stream had has been taken. */
  readonly whole: Promise<void>;
}

/**
 * Reads the stream of a pipeline from its oldest records (its sinks ask for no others) and goes on with what comes. What is bad,
 * away or forgotten is dealt with as in any pipeline.
 */
export function readWhole(pipeline: Pipeline, options: RunnerOptions, deps: RunnerDeps): WholeStream {
  const { promise: whole, resolve } = Promise.withResolvers<void>();
  const source = tellingEnds(pipeline.source, resolve);
  const runner = new PipelineRunner({ ...pipeline, source }, options, deps);
  return {
    name: runner.name,
    health: () => runner.health(),
    run: (signal) => runner.run(signal),
    whole,
  };
}

/** The service, which begins when the streams have been read whole; they are followed while it runs. One that fails ends all. */
export function afterWhole(service: Service, streams: readonly WholeStream[]): Service {
  let isBegun = false;

  async function run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    const following = streams.map((stream) => stream.run(stop).finally(() => ended.abort()));
    const begun = async () => {
      await Promise.race([Promise.all(streams.map(({ whole }) => whole)), Promise.all(following)]);
      if (stop.aborted) return;
      isBegun = true;
      await service.run(stop);
    };
    const results = await Promise.allSettled([begun().finally(() => ended.abort()), ...following]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  return {
    name: service.name,
    health() {
      const unwell = streams.map((stream) => stream.health()).find(({ state }) => state !== 'healthy');
      if (unwell) return unwell;
      // Healthy streams that are not read to their ends yet.
      const own = service.health();
      return isBegun ? own : { ...own, state: 'starting', detail: 'reading what it refers to' };
    },
    run,
  };
}

/** The source, which tells when each of its partitions has been read to the end that it had some time. */
function tellingEnds(source: Source, onWhole: () => void): Source {
  let unread: readonly string[] = [];
  return {
    stream: source.stream,
    open: (listener) =>
      source.open({
        assigned: (partitions) => {
          unread = partitions;
          return listener.assigned(partitions);
        },
        revoked: () => listener.revoked(),
      }),
    poll: (waitMs) => source.poll(waitMs),
    async caughtUp() {
      const caughtUp = await source.caughtUp();
      unread = unread.filter((partition) => !caughtUp.includes(partition));
      if (unread.length === 0) onWhole();
      return caughtUp;
    },
    lag: () => source.lag(),
    checkpoint: (upTo) => source.checkpoint(upTo),
    close: () => source.close(),
  };
}
