import type { Agent } from 'node:https';
import type { ClientAccess } from './access.js';

export type Answer =
  | { readonly kind: 'found'; readonly body: unknown }
  | { readonly kind: 'absent' }
  /** It will not take what was sent; why, in its words. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'denied'; readonly status: number }
  | { readonly kind: 'failed'; readonly why: string };

export type Method = 'GET' | 'POST' | 'PUT';

export interface Connection {
  get(path: string, signal: AbortSignal): Promise<Answer>;
  send(method: Method, path: string, body: object | undefined, signal: AbortSignal): Promise<Answer>;
}

/** Of Confluent's interface: no such subject, version, schema, setting. A 404 without is not a registry's answer. */
const NOT_FOUND_CODES = new Set([40401, 40402, 40403, 40408]);
/** Incompatible, not a schema, a registry that only reads. */
const REFUSALS = new Set([409, 422]);
/** What the client puts behind a registry's message. */
const CODE_BEHIND = /; Error code: -?\d+$/;
const NO_RETRIES = 0;

/**
 * One connection to each address, tried in turn. Not all of them given to one client: it takes a registry's "there is none"
 * for a failure and asks the next one the same.
 */
export async function createConnections(
  urls: readonly string[],
  { basic, bearer }: ClientAccess,
  httpsAgent: Agent | undefined,
): Promise<Connection> {
  // What sends requests, without the deserializers and the SDKs of four key stores that the package's entry loads.
  const { RestService } = await import('@confluentinc/schemaregistry/dist/rest-service.js');
  const services = urls.map(
    (url) => new RestService([url], false, httpsAgent && { httpsAgent }, basic, bearer, NO_RETRIES),
  );
  let first = 0;

  const send: Connection['send'] = async (method, path, body, signal) => {
    let answer: Answer = { kind: 'failed', why: 'has no address' };
    for (let tried = 0; tried < services.length; tried++) {
      const at = (first + tried) % services.length;
      answer = await services[at].handleRequest(path, method, body, { signal }).then(
        ({ data }): Answer => ({ kind: 'found', body: data }),
        (error: unknown) => answerOf(error),
      );
      if (answer.kind !== 'failed' || signal.aborted) {
        first = at;
        return answer;
      }
    }
    return answer;
  };
  return { send, get: (path, signal) => send('GET', path, undefined, signal) };
}

/** The client's own messages may hold addresses with what is secret in them. */
function answerOf(error: unknown): Answer {
  const { status, errorCode, code } = (error ?? {}) as Record<string, unknown>;
  if (status === 404 && NOT_FOUND_CODES.has(Number(errorCode))) return { kind: 'absent' };
  if (REFUSALS.has(Number(status)) && error instanceof Error)
    return { kind: 'refused', why: error.message.replace(CODE_BEHIND, '') };
  if (status === 401 || status === 403) return { kind: 'denied', status };
  if (status === 404) return { kind: 'failed', why: 'answers 404 and is no schema registry: check urls' };
  if (typeof status === 'number') return { kind: 'failed', why: `answers ${status}` };
  return { kind: 'failed', why: `does not answer${typeof code === 'string' ? ` (${code})` : ''}` };
}
