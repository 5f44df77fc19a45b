import { LineageRefused, type LineageWriter } from './outbox.js';
import type { RunEvent } from './run-event.js';

export interface HttpWriterOptions {
  readonly url: string;
  /** Value of the header; null: none. */
  readonly authorization: string | null;
}

const REQUEST_MS_MAX = 5_000;

/** One event a request, as OpenLineage's HTTP transport has it: receivers that take several at once are few. */
export class HttpWriter implements LineageWriter {
  readonly address: string;

  constructor(private readonly options: HttpWriterOptions) {
    this.address = new URL(options.url).origin;
  }

  async write([event]: readonly RunEvent[]): Promise<number> {
    const { url, authorization } = this.options;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
      body: JSON.stringify(event),
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    // Read to its end, or the connection is not used again.
    await response.arrayBuffer();
    const { status, ok } = response;
    if (ok) return 1;
    const isOurs = status >= 400 && status < 500 && ![401, 403, 404, 408, 429].includes(status);
    throw isOurs ? new LineageRefused(`answered ${status}`) : new Error(`answered ${status}`);
  }
}
