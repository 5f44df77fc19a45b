import { readFileSync } from 'node:fs';

type Fields = Readonly<Record<string, unknown>>;

/** What a connection string leads to: as much a name of the configuration as one that stands in it. Never a secret. */
export interface Connection {
  readonly path: readonly string[];
  readonly kind: 'name' | 'account';
  readonly value: string;
  readonly parents: readonly Fields[];
}

const STREAMS = [['stream'], ['validated'], ['verdicts', 'stream']] as const;

/**
 * Namespaces of Event Hubs and storage accounts that the configuration names by a connection string, in a file or a variable.
 * What cannot be read is not judged: whoever opens it says what is wrong.
 */
export function* connectionsOf(
  config: Fields,
  variables: Readonly<Record<string, string | undefined>>,
): Generator<Connection> {
  const account = /AccountName=([^;]+)/i.exec(variables['AZURE_STORAGE_CONNECTION_STRING'] ?? '')?.[1];
  const storage = (place: unknown, path: readonly string[]): Connection[] =>
    account !== undefined &&
    isFields(place) &&
    'container' in place &&
    !place['account'] &&
    !place['endpoint']
      ? [
          {
            path: [...path, 'AZURE_STORAGE_CONNECTION_STRING'],
            kind: 'account',
            value: account,
            parents: [config],
          },
        ]
      : [];
  yield* storage(config['lake'], ['lake']);
  for (const path of STREAMS) {
    const stream = path.reduce<unknown>((owner, name) => (isFields(owner) ? owner[name] : undefined), config);
    if (!isFields(stream)) continue;
    yield* storage(stream['checkpointStore'], [...path, 'checkpointStore']);
    const sasl = isFields(stream['sasl']) ? stream['sasl'] : {};
    const isHub = stream['broker'] === 'event-hubs' && stream['namespace'] === undefined;
    if (!isHub && sasl['mechanism'] !== 'event-hubs') continue;
    const file = (isHub ? stream : sasl)['connectionStringFile'];
    const text = typeof file === 'string' ? contentOf(file) : variables['EVENTHUBS_CONNECTION_STRING'];
    const host = /Endpoint=sb:\/\/([^/;:]+)/i.exec(text ?? '')?.[1];
    const name =
      typeof file === 'string'
        ? [...(isHub ? [] : ['sasl']), 'connectionStringFile']
        : ['EVENTHUBS_CONNECTION_STRING'];
    if (host !== undefined)
      yield { path: [...path, ...name], kind: 'name', value: host, parents: [config, stream] };
  }
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
