import { apiConfigSchema, createApi } from '@gondola/api';
import { readConfigFile } from '@gondola/config';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { systemClock } from '@gondola/stream';
import { createLogger, createRegistry } from '@gondola/telemetry';
import { UsageError, type Command } from '../command.js';
import { SHIPPED } from '../line.js';
import { openLake } from '../open-lake.js';

export const api: Command = {
  summary: 'serve signals, the live board and the schemas',
  usage: '--config FILE',
  options: { config: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    const path = values['config'];
    if (typeof path !== 'string' || positionals.length > 0) throw new UsageError('api takes --config FILE');
    const config = readConfigFile(path, apiConfigSchema);
    const service = createApi({
      config,
      lake: openLake(config.lake),
      clock: systemClock,
      log: createLogger('api', config.logLevel),
      metrics: createRegistry(),
      demo: false,
      schemas: loadEmbeddedRegistry(SHIPPED.schemas),
    });
    const app = await service.start(context.signal);
    context.say(`api runs: ${app.url}`);
    await app.stopped;
    return { command: 'api', ok: true, url: app.url };
  },
};
