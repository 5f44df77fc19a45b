import { apiConfigSchema, createApi, isGuarded, type ApiConfig } from '@gondola/api';
import { formatLakeAddress, readConfigFile } from '@gondola/config';
import { ingestConfigSchema, type IngestConfig } from '@gondola/ingest';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { SetupError, systemClock } from '@gondola/stream';
import { countedStore, createRegistry, Logging } from '@gondola/telemetry';
import { UsageError, type Command } from '../command.js';
import { BOOKS_WORKER } from '../books-worker-file.js';
import { openAccess } from '../open-access.js';
import { openExplain } from '../open-explain.js';
import { openFollowing } from '../following.js';
import { SHIPPED } from '../line.js';
import { openLake } from '../open-lake.js';
import { openQuarantine } from '../open-quarantine.js';
import { openVerdicts } from '../open-verdicts.js';
import { openContracts } from '../open-registry.js';
import { showProcess } from '../process-metrics.js';
import { openWebhookSecrets } from '../webhook-secrets.js';

export const api: Command = {
  summary: 'serve signals, the live board, quarantine and the schemas',
  usage: '--config FILE',
  options: { config: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    const path = values['config'];
    if (typeof path !== 'string' || positionals.length > 0) throw new UsageError('api takes --config FILE');
    const config = readConfigFile(path, apiConfigSchema);
    const logging = new Logging(systemClock);
    const [metrics, log] = [createRegistry(), logging.logger('api', config.logLevel)];
    showProcess(metrics, config.environment, [config]);
    const store = countedStore(metrics, openLake(config.lake));
    await using opened = new AsyncDisposableStack();
    opened.defer(async () => logging.close());
    const followed = { name: 'api', runId: logging.runId, metrics, log, opened };
    const ingest = ingestConfigOf(config);
    const contracts = ingest
      ? await openContracts(ingest, { store, log, signal: context.signal })
      : loadEmbeddedRegistry(SHIPPED.schemas);
    const { environment } = config;
    const tools = { store, environment, log, contracts, opened };
    const service = createApi({
      config,
      lake: store,
      booksWorker: BOOKS_WORKER,
      clock: systemClock,
      log,
      metrics,
      tracer: (await openFollowing(config, followed)).tracer,
      logLevels: logging,
      ...openAccess(config, logging),
      demo: false,
      schemas: contracts,
      quarantine: await openQuarantine(
        ingest,
        { ...config.quarantine, hasKeys: isGuarded(config.access) },
        tools,
      ),
      explain: await openExplain(config.explain),
      verdicts: await openVerdicts(config, { registry: contracts, opened }),
      webhooks: openWebhookSecrets(environment, log),
    });
    const app = await service.start(context.signal);
    context.say(`api runs: ${app.url}`);
    await app.stopped;
    return { command: 'api', ok: true, url: app.url };
  },
};

/** It has to be of the same lake: another one's records would be judged. */
function ingestConfigOf({ quarantine, lake, environment }: ApiConfig): IngestConfig | null {
  if (quarantine.ingest === undefined) return null;
  const ingest = readConfigFile(quarantine.ingest, ingestConfigSchema);
  const isSame =
    environment === ingest.environment && formatLakeAddress(lake) === formatLakeAddress(ingest.lake);
  if (isSame) return ingest;
  throw new SetupError(
    'config_invalid',
    `quarantine.ingest: ${quarantine.ingest} is of ${ingest.environment} in ${formatLakeAddress(ingest.lake)}, ` +
      `this api of ${environment} in ${formatLakeAddress(lake)}`,
  );
}
