import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly guid?: string;
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { name: string; subject: string; version: number }[];
}

/** What becomes of a request: null, the answer; a status instead of it; a cut connection; or a promise to wait for before answering. */
export type Mood = number | 'cut' | Promise<unknown> | null;

export interface HttpRegistry {
  readonly url: string;
  readonly schemas: HttpSchema[];
  /** `<method> <path>` of all requests so far. */
  readonly requests: string[];
  /** `authorization` of all requests so far. */
  readonly authorizations: (string | undefined)[];
  mood: (path: string) => Mood;
  stop(): Promise<void>;
}

/**
 * Confluent's HTTP interface as far as reading goes, over real connections on loopback. For what a real registry does not
 * do when it is told to: count, be slow for one id, fail. `/token` is an OAuth endpoint.
 */
export async function startHttpRegistry(): Promise<HttpRegistry> {
  const server = createServer((request, response) => void answer(request, response));
  const registry: HttpRegistry = {
    url: '',
    schemas: [],
    requests: [],
    authorizations: [],
    mood: () => null,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    registry.requests.push(`${request.method} ${path}`);
    registry.authorizations.push(request.headers.authorization);
    const mood = registry.mood(path);
    if (mood === 'cut') return void response.destroy();
    if (mood instanceof Promise) await mood;
    const [status, body] = typeof mood === 'number' ? refusal(mood, mood * 100) : find(path);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  function find(path: string): readonly [number, unknown] {
    const [kind, by, name, what] = path.split('?')[0].split('/').slice(1).map(decodeURIComponent);
    if (kind === 'token') return [200, { access_token: 'a-token', token_type: 'Bearer', expires_in: 3_600 }];
    if (kind === 'subjects') {
      const version = Number(path.split('/')[4]);
      const found = registry.schemas.find((one) => one.subject === by && one.version === version);
      return found ? [200, found] : refusal(404, 40402);
    }
    const key = by === 'ids' ? Number(name) : name;
    const found = registry.schemas.filter((one) => one[by === 'ids' ? 'id' : 'guid'] === key);
    if (kind !== 'schemas' || found.length === 0) return refusal(404, 40403);
    if (what === 'versions') return [200, found.map(({ subject, version }) => ({ subject, version }))];
    if (what === 'ids') return [200, found.map(({ id }) => ({ context: '', id }))];
    const { schema, schemaType, references } = found[0];
    return [200, { schema, schemaType, references }];
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(registry, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const refusal = (status: number, code: number) => [status, { error_code: code, message: 'refused' }] as const;
