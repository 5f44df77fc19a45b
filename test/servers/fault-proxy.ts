import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * What becomes of a request: `none`: answered as the server does; `unavailable`, `cut`: 503 or a closed connection, and
 * the server never saw it; `…After`: the same once the server has done it; `silentAfter`: done, and no answer ever;
 * `bodyCut`: the connection closes in the middle of the answer's body; `throttled`: what Kinesis says of a shard's limits.
 */
export type Fault =
  'none' | 'throttled' | 'unavailable' | 'cut' | 'unavailableAfter' | 'cutAfter' | 'silentAfter' | 'bodyCut';

export interface FaultProxy {
  readonly port: number;
  /** Asked for every request, which waits for the answer; set it in each test. */
  faultOf: (request: IncomingMessage) => Fault | Promise<Fault>;
  close(): Promise<void>;
}

/** An HTTP server on a free port of loopback that hands requests on to `port`, and fails as it is told. */
export async function startFaultProxy(port: number): Promise<FaultProxy> {
  const server = createServer((request, response) => {
    relay(request, response).catch(() => request.socket.destroy());
  });
  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const part of request) body.push(part as Buffer);
    const fault = await proxy.faultOf(request);
    if (fault === 'cut') return void request.socket.destroy();
    if (fault === 'unavailable') return refuse(response);
    if (fault === 'throttled') return throttle(response);
    const answer = await forward(request, Buffer.concat(body), port);
    if (fault === 'silentAfter') return;
    if (fault === 'cutAfter') return void request.socket.destroy();
    if (fault === 'unavailableAfter') return refuse(response);
    response.writeHead(answer.status, answer.headers);
    if (fault === 'bodyCut')
      return void response.write(answer.body.subarray(0, answer.body.length / 2), () =>
        request.socket.destroy(),
      );
    response.end(answer.body);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const proxy: FaultProxy = {
    port: address.port,
    faultOf: () => 'none',
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** With the headers as they came: signatures are made over them, the host included. */
async function forward(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  port: number,
): Promise<Answer> {
  const { expect: _, ...others } = headers;
  const request = sendRequest({ host: '127.0.0.1', port, method, path: url, headers: others, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) };
}

function throttle(response: ServerResponse): void {
  const type = 'ProvisionedThroughputExceededException';
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ __type: type, message: 'Rate exceeded for shard shardId-000000000000' }));
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'text/plain' });
  response.end('too busy');
}
