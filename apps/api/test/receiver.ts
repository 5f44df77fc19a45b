import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cleanups } from './api-harness.js';

export interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** Every request, also those that it did not answer well. */
  readonly requests: Taken[];
  /** Ids of events in the order in which they were answered by 2xx. */
  readonly taken: string[];
  /** How the next requests are answered. */
  answer: (response: ServerResponse, taken: Taken) => void;
}

export const ok = (response: ServerResponse): void => void response.writeHead(204).end();

/** A receiver of webhooks on loopback, until the end of the test. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { headers: request.headers, body };
      receiver.requests.push(one);
      receiver.answer(response, one);
      if (response.statusCode < 300) receiver.taken.push(...idsIn(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    ...{ url: `http://127.0.0.1:${port}/hook`, port, requests: [], taken: [] },
    answer: ok,
  };
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

export function idsIn(body: string): string[] {
  const parsed = JSON.parse(body) as { id: string } | { id: string }[];
  return [parsed].flat().map(({ id }) => id);
}
