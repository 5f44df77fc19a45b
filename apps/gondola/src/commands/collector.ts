import { collectorConfigSchema, createCollector, type CollectorConfig } from '@gondola/collector';
import { readConfigFile } from '@gondola/config';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import { systemClock, systemRandom, type Log } from '@gondola/stream';
import { createRegistry, Logging } from '@gondola/telemetry';
import { UsageError, type Command } from '../command.js';
import { openFollowing } from '../following.js';
import { SHIPPED } from '../line.js';
import { openBroker, partitionsOf } from '../open-broker.js';
import { openLake } from '../open-lake.js';
import { openContracts } from '../open-registry.js';
import { showProcess } from '../process-metrics.js';

export const collector: Command = {
  summary: 'take events from producers over HTTP into a stream',
  usage: '--config FILE',
  options: { config: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    const path = values['config'];
    if (typeof path !== 'string' || positionals.length > 0)
      throw new UsageError('collector takes --config FILE');
    const config = readConfigFile(path, collectorConfigSchema);
    const logging = new Logging(systemClock);
    const [metrics, log] = [createRegistry(), logging.logger('collector', config.logLevel)];
    showProcess(metrics, config.environment, [config]);
    await using opened = new AsyncDisposableStack();
    opened.defer(async () => logging.close());
    const tools = { name: 'collector', runId: logging.runId, metrics, log, opened };
    const registry = await contractsOf(config, log, context.signal);
    const broker = await openBroker(config.stream);
    try {
      const service = createCollector({
        config,
        broker,
        prepare: () => broker.prepare(config.stream.name, partitionsOf(config.stream)),
        registry,
        clock: systemClock,
        log,
        random: systemRandom,
        metrics,
        tracer: (await openFollowing(config, tools)).tracer,
        logLevels: logging,
      });
      const app = await service.start(context.signal);
      context.say(`collector runs: POST ${app.url}/v1/events; ${app.url}/health/ready, ${app.url}/metrics`);
      await app.stopped;
      return { command: 'collector', ok: true, url: app.url };
    } finally {
      await broker.close();
    }
  },
};

async function contractsOf(config: CollectorConfig, log: Log, signal: AbortSignal): Promise<SchemaRegistry> {
  const { lake, schemas = SHIPPED.schemas } = config;
  if (!lake) return loadEmbeddedRegistry(schemas);
  return openContracts({ ...config, schemas }, { store: openLake(lake), log, signal });
}
