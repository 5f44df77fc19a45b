import { readConfigFile } from '@gondola/config';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { systemClock, systemMemoryBytes, systemRandom } from '@gondola/stream';
import { createStockoutMetrics } from '@gondola/telemetry';
import type { Command } from '../command.js';
import { openLine } from '../line.js';
import { expectStream, oneAtATime, partitionsOf, prepareForDetect } from '../open-broker.js';
import { openContracts, openRegistry } from '../open-registry.js';
import { readModel } from '../read-model.js';
import { serviceCommand } from '../service-command.js';

export const detect: Command = serviceCommand(
  'detect',
  'make stockout signals from a stream',
  async ({ configPath, once, opened, observer, metrics, log, follow, signal }) => {
    const config = readConfigFile(configPath, detectServiceConfigSchema);
    const model = readModel(config.model);
    expectStream(config.stream, { once, log });
    const line = await openLine(config, metrics);
    opened.defer(() => line.close());
    const { store } = line;
    const contracts = await openContracts(config, { store, log, signal });
    const tools = { registry: contracts, store, log, opened, observer };
    const registry = await openRegistry(config, tools, { waits: true });
    const { lake, stream } = config;
    const following = await follow(config);
    const deps = {
      ...line,
      ...following.of({ pipeline: 'detect', stream, lake }),
      registry,
      model,
      prepare: oneAtATime(async () => {
        await line.broker.prepare(config.stream.name, partitionsOf(config.stream));
        await prepareForDetect(line.broker, config);
      }),
      clock: systemClock,
      observer,
      log,
      random: systemRandom,
      memoryBytes: systemMemoryBytes,
    };
    const { service, stockouts } = createDetect(config, deps, { once });
    createStockoutMetrics(metrics, 'detect', stockouts);
    return { config, service };
  },
);
