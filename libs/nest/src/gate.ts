import type { HttpReply, HttpRequest } from './http-types.js';

/** What a gate knows of a request, also of one that no route answers. */
export interface GateRequest extends HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of who asks; behind proxies that are trusted, as they say. */
  readonly ip: string;
  readonly routeOptions: { readonly url?: string | undefined; readonly config: unknown };
}

/** Decides who comes in. */
export interface Gate {
  /** Before anything else of a request. A reply that it sends ends the request. Errors: those that are answered. */
  admit(request: GateRequest, reply: HttpReply): Promise<void>;
  /** After the answer. */
  answered(request: GateRequest, status: number): void;
}
