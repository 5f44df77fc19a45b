import { Controller, ForbiddenException, Get, Header, HttpException, Inject, Put, Req } from '@nestjs/common';
import type { HttpRequest } from './http-types.js';
import { readJsonObject } from './read-json.js';
import { Scope } from './scope.js';

/** Injects a `LogLevels`, or null where nobody may change any. */
export const LOG_LEVELS_NOW = Symbol('log levels');

export interface NamedLevel {
  readonly name: string;
  readonly level: string;
  readonly configured: string;
  readonly untilMs: number | null;
}

export interface LogLevels {
  readonly names: readonly string[];
  levels(): readonly NamedLevel[];
  /** False: nothing has that name. */
  setFor(name: string, level: string, forMs: number): boolean;
}

const LEVELS: readonly unknown[] = ['error', 'warn', 'info', 'debug'];
const BODY_BYTES_MAX = 1_024;
const FOR_SECONDS_DEFAULT = 600;
const FOR_SECONDS_MAX = 86_400;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** A page on another host whose name was made to point here has that name in `host`. */
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/** What proxies say of whom they speak for. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * Log levels while the process runs, each for a while. Answers only where it is allowed, and only who is on this machine (in
 * Kubernetes: `kubectl exec`, `kubectl port-forward`), as there is no key of operations. A proxy on this machine that writes `host`
 * anew and adds nothing cannot be told from somebody on it: that is why it is to be allowed.
 */
@Controller('log-level')
export class LogLevelController {
  constructor(@Inject(LOG_LEVELS_NOW) private readonly logLevels: LogLevels | null) {}

  @Get()
  @Scope('open')
  @Header('cache-control', 'no-store')
  levels(@Req() request: HttpRequest): readonly NamedLevel[] {
    return this.levelsFor(request).levels();
  }

  /** Takes `{name, level, forSeconds}`; after that the level is what the configuration says. */
  @Put()
  @Scope('open')
  @Header('cache-control', 'no-store')
  async set(@Req() request: HttpRequest): Promise<readonly NamedLevel[]> {
    const logLevels = this.levelsFor(request);
    const {
      name,
      level,
      forSeconds = FOR_SECONDS_DEFAULT,
      ...others
    }: Readonly<Record<string, unknown>> = { ...(await readJsonObject(request, BODY_BYTES_MAX)) };
    const [other] = Object.keys(others);
    if (other !== undefined)
      throw refused(400, `there is no such field: ${JSON.stringify(other.slice(0, 40))}`);
    if (typeof level !== 'string' || !LEVELS.includes(level))
      throw refused(400, `level is one of ${LEVELS.join(', ')}`);
    const isTime = typeof forSeconds === 'number' && forSeconds > 0 && forSeconds <= FOR_SECONDS_MAX;
    if (!isTime) throw refused(400, `forSeconds is more than 0 and at most ${FOR_SECONDS_MAX}`);
    if (typeof name !== 'string' || !logLevels.setFor(name, level, forSeconds * 1_000))
      throw refused(400, `name is one of ${logLevels.names.join(', ')}`);
    return logLevels.levels();
  }

  private levelsFor({ raw, headers }: HttpRequest): LogLevels {
    if (this.logLevels === null)
      throw new ForbiddenException('log levels may be asked for and changed with http.localLogLevels: true');
    const isLocal = LOOPBACK.test(raw.socket.remoteAddress ?? '') && LOOPBACK_HOST.test(headers.host ?? '');
    if (isLocal && FORWARDED.every((name) => headers[name] === undefined)) return this.logLevels;
    throw new ForbiddenException(
      'log levels are asked for and changed from this machine only, at http://127.0.0.1 and through no proxy',
    );
  }
}

const refused = (status: number, message: string) => new HttpException(message, status);
