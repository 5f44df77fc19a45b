import { addVary, type GateRequest, type HttpReply } from '@gondola/nest';
import { Refusal } from './refusal.js';

const ALLOWED_METHODS = 'GET, HEAD, POST, DELETE';
const ALLOWED_HEADERS = 'authorization, content-type, if-none-match, last-event-id, accept-language';
const SHOWN_HEADERS = 'etag, location, ratelimit, ratelimit-policy, retry-after';
const PREFLIGHT_SECONDS = '600';
const SAFE = ['GET', 'HEAD'];

export const isSafe = ({ method }: Pick<GateRequest, 'method'>): boolean => SAFE.includes(method);

/** Pages of other hosts: closed but for those that the configuration names, and those come with a key and never with a cookie. */
export class Origins {
  private readonly allowed: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.allowed = new Set(origins);
  }

  /** True: the request was a question of a browser (preflight) and is answered. Errors: 403. */
  admit(request: GateRequest, reply: HttpReply): boolean {
    const { origin } = request.headers;
    if (this.allowed.size > 0) addVary(reply, 'origin');
    if (origin === undefined || isOwn(request)) return false;
    if (!this.allowed.has(origin)) {
      if (isSafe(request)) return false;
      throw foreign();
    }
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-expose-headers', SHOWN_HEADERS);
    reply.header('cross-origin-resource-policy', 'cross-origin');
    if (request.method !== 'OPTIONS') return false;
    reply
      .code(204)
      .header('access-control-allow-methods', ALLOWED_METHODS)
      .header('access-control-allow-headers', ALLOWED_HEADERS)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .send('');
    return true;
  }

  /** A cookie goes along whatever page asks: only our own may change something by it. Errors: 403. */
  requireOwn(request: GateRequest): void {
    const site = request.headers['sec-fetch-site'];
    const isOurs = site === undefined || site === 'same-origin' || site === 'none';
    if (!isSafe(request) && !(isOurs && isOwn(request))) throw foreign();
  }
}

/** Browsers say from where every request comes that can change something. */
function isOwn({ headers }: GateRequest): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

const foreign = () =>
  new Refusal(403, 'origin_foreign', 'pages of other hosts may not ask: access.origins names those that may');
