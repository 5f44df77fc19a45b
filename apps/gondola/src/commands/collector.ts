import { collectorConfigSchema, createCollector } from '@gondola/collector';
import { readConfigFile } from '@gondola/config';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { systemClock, systemRandom } from '@gondola/stream';
import { createLogger, createRegistry } from '@gondola/telemetry';
import { UsageError, type Command } from '../command.js';
import { SHIPPED } from '../line.js';
import { openBroker, partitionsOf } from '../open-broker.js';

export const collector: Command = {
  summary: 'take events from producers over HTTP into a stream',
  usage: '--config FILE',
  options: { config: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    const path = values['config'];
    if (typeof path !== 'string' || positionals.length > 0)
      throw new UsageError('collector takes --config FILE');
    const config = readConfigFile(path, collectorConfigSchema);
    const broker = await openBroker(config.stream);
    try {
      const service = createCollector({
        config,
        broker,
        prepare: () => broker.prepare(config.stream.name, partitionsOf(config.stream)),
        registry: loadEmbeddedRegistry(config.schemas ?? SHIPPED.schemas),
        clock: systemClock,
        log: createLogger('collector', config.logLevel),
        random: systemRandom,
        metrics: createRegistry(),
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
