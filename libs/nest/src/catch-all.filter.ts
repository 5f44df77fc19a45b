import { STATUS_CODES } from 'node:http';
import { GondolaError, type Log } from '@gondola/stream';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import type { HttpReply, HttpRequest } from './http-types.js';
import { languageOf, type Language } from './language.js';
import { addVary } from './vary.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457. `detail` says what to change; further members name the parameter at fault. `retryAfterSeconds` is a header too. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** A title or detail in that language, null where nobody has translated it: then it stays English. */
export type Translate = (text: string, language: Exclude<Language, 'en'>) => string | null;

/**
 * HTTP: every error is answered as `application/problem+json`; what we did not foresee is logged and says nothing
 * of the inside. Message handlers: the error goes on as it is, because Nest would replace it by a plain
 * "Internal server error" and the caller could no longer see whether a retry helps.
 */
@Catch()
export class CatchAllFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly translate: Translate = () => null,
  ) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    const reply = host.switchToHttp().getResponse<HttpReply>();
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const problem = problemOf(error);
    // What a controller answers on purpose it has told those who should know, and not once for each request.
    if (problem.status >= 500 && !(error instanceof HttpException))
      this.log.error({ err: error, status: problem.status }, 'request failed');
    const { headers } = host.switchToHttp().getRequest<HttpRequest>();
    const { body, language } = inLanguage(problem, languageOf(headers['accept-language']), this.translate);
    addVary(reply, 'accept-language');
    if (typeof problem.retryAfterSeconds === 'number')
      reply.header('retry-after', String(problem.retryAfterSeconds));
    reply
      .code(problem.status)
      .header('content-type', PROBLEM_TYPE)
      .header('content-language', language)
      .send(JSON.stringify(body));
  }
}

function inLanguage(problem: Problem, language: Language, translate: Translate) {
  const title = language === 'en' ? null : translate(problem.title, language);
  const detail = language === 'en' ? null : translate(problem.detail, language);
  if (title === null || detail === null) return { body: problem, language: 'en' };
  return { body: { ...problem, title, detail }, language };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof HttpException) {
    const body = error.getResponse();
    return { ...problem(error.getStatus(), error.message), ...membersOf(body) };
  }
  if (error instanceof GondolaError)
    return error.canRetry
      ? { ...problem(503, error.message), code: error.code }
      : { ...problem(500, 'see the log of this process'), code: error.code };
  // Fastify's own refusals: a body too large, a malformed URL.
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return problem(status, (error as Error).message);
  return problem(500, 'see the log of this process');
}

/** What was thrown with the error; of Nest's own errors nothing, as their body says the same in other words. */
function membersOf(body: string | object): object {
  return typeof body === 'string' || 'statusCode' in body ? {} : body;
}

function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}
