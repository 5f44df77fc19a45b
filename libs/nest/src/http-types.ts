import type { IncomingMessage, ServerResponse } from 'node:http';

/** What controllers use of the HTTP server's request. */
export interface HttpRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingMessage['headers'];
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
