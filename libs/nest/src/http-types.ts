import type { IncomingMessage, ServerResponse } from 'node:http';

/** What controllers use of the HTTP server's request. */
export interface HttpRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingMessage['headers'];
}

/** Whether the client speaks TLS, to us or to a proxy that says so. Who lies about it only deceives himself. */
export function isByTls({ headers, raw }: HttpRequest): boolean {
  const said = headers['x-forwarded-proto'];
  return said === 'https' || 'encrypted' in raw.socket;
}

/** What controllers use of the HTTP server's reply. */
export interface HttpReply {
  readonly raw: ServerResponse;
  code(status: number): HttpReply;
  header(name: string, value: string): HttpReply;
  send(body: string | Buffer): HttpReply;
  /** From here on the controller writes to `raw` itself. */
  hijack(): HttpReply;
}
