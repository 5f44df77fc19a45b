import { readConfigFile } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { systemClock, systemMemoryBytes, systemRandom } from '@gondola/stream';
import type { Command } from '../command.js';
import { openLine, readMaskingKey } from '../line.js';
import { partitionsOf } from '../open-broker.js';
import { serviceCommand } from '../service-command.js';

export const ingest: Command = serviceCommand(
  'ingest',
  'write a stream into bronze, silver and quarantine',
  async ({ configPath, once, observer, log }) => {
    const config = readConfigFile(configPath, ingestConfigSchema);
    const maskingKey = readMaskingKey(config.masking.keyFile);
    const line = await openLine(config);
    await line.broker.prepare(config.stream.name, partitionsOf(config.stream));
    const deps = {
      ...line,
      maskingKey,
      clock: systemClock,
      observer,
      log,
      random: systemRandom,
      memoryBytes: systemMemoryBytes,
    };
    return { line, http: config.http, service: createIngest(config, deps, { once }) };
  },
);
