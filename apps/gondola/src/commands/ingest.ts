import { readConfigFile } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { systemClock, systemMemoryBytes, systemRandom } from '@gondola/stream';
import type { Command } from '../command.js';
import { keyringOf } from '../key-file.js';
import { openLine, readMaskingKey } from '../line.js';
import { expectStream, openValidated, partitionsOf } from '../open-broker.js';
import { openContracts, openRegistry } from '../open-registry.js';
import { serviceCommand } from '../service-command.js';

export const ingest: Command = serviceCommand(
  'ingest',
  'write a stream into bronze, silver and quarantine',
  async ({ configPath, once, opened, observer, metrics, log, follow, signal }) => {
    const config = readConfigFile(configPath, ingestConfigSchema);
    const maskingKey = readMaskingKey(config);
    const keyring = keyringOf(config);
    expectStream(config.stream, { once, log });
    const line = await openLine(config, metrics);
    opened.defer(() => line.close());
    const validated = await openValidated(config);
    if (validated) opened.defer(() => validated.close());
    const { store } = line;
    const contracts = await openContracts(config, { store, log, signal });
    const tools = { registry: contracts, store, log, opened, observer };
    const registry = await openRegistry(config, tools, { waits: false });
    const { lake, stream, validated: output } = config;
    const following = await follow(config);
    const deps = {
      ...line,
      ...following.of({ pipeline: 'ingest', stream, lake, output }),
      registry,
      validated: validated?.sink ?? null,
      prepare: async () => {
        await line.broker.prepare(config.stream.name, partitionsOf(config.stream));
        await validated?.prepare();
      },
      maskingKey,
      keyring,
      clock: systemClock,
      observer,
      log,
      random: systemRandom,
      memoryBytes: systemMemoryBytes,
    };
    return { config, service: createIngest(config, deps, { once }) };
  },
);
