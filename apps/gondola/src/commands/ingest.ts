import { readConfigFile } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { systemClock, systemMemoryBytes, systemRandom } from '@gondola/stream';
import type { Command } from '../command.js';
import { openLine, readMaskingKey } from '../line.js';
import { openValidated, partitionsOf } from '../open-broker.js';
import { serviceCommand } from '../service-command.js';

export const ingest: Command = serviceCommand(
  'ingest',
  'write a stream into bronze, silver and quarantine',
  async ({ configPath, once, observer, log }) => {
    const config = readConfigFile(configPath, ingestConfigSchema);
    const maskingKey = readMaskingKey(config.masking.keyFile);
    const line = await openLine(config);
    await line.broker.prepare(config.stream.name, partitionsOf(config.stream));
    const validated = await openValidated(config);
    const deps = {
      ...line,
      validated: validated?.sink ?? null,
      maskingKey,
      clock: systemClock,
      observer,
      log,
      random: systemRandom,
      memoryBytes: systemMemoryBytes,
    };
    const close = async () => {
      await line.close();
      await validated?.close();
    };
    return { close, http: config.http, service: createIngest(config, deps, { once }) };
  },
);
