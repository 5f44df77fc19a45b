import { readConfigFile } from '@gondola/config';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { systemClock, systemMemoryBytes, systemRandom } from '@gondola/stream';
import type { Command } from '../command.js';
import { openLine, readModel } from '../line.js';
import { partitionsOf } from '../open-broker.js';
import { serviceCommand } from '../service-command.js';

export const detect: Command = serviceCommand(
  'detect',
  'make stockout signals from a stream',
  async ({ configPath, once, opened, observer, log }) => {
    const config = readConfigFile(configPath, detectServiceConfigSchema);
    const model = readModel(config.model);
    const line = await openLine(config);
    opened.defer(() => line.close());
    await line.broker.prepare(config.stream.name, partitionsOf(config.stream));
    await line.broker.prepare(config.stream.signals, config.signalPartitions);
    for (const { name } of config.reference) await line.broker.prepare(name, partitionsOf(config.stream));
    const deps = {
      ...line,
      model,
      clock: systemClock,
      observer,
      log,
      random: systemRandom,
      memoryBytes: systemMemoryBytes,
    };
    return { http: config.http, service: createDetect(config, deps, { once }).service };
  },
);
