import { GondolaError } from '@gondola/stream';
import { z } from 'zod';
import { readSecret } from '../read-token.js';
import type { SilencesConfig } from './silences.config.js';
import type { KnownSilence, Silence } from './wanted.js';

/** By this our silences are told from those that people made. */
const CREATED_BY = 'gondola silences';

const answerSchema = z.array(
  z.object({
    id: z.string(),
    status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
    matchers: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean(),
        isEqual: z.boolean().default(true),
      }),
    ),
    startsAt: z.string(),
    endsAt: z.string(),
    createdBy: z.string(),
    comment: z.string(),
  }),
);

export interface Alertmanager {
  /** Those of ours in an environment that have not ended. */
  known(environment: string): Promise<readonly KnownSilence[]>;
  make(silence: Silence): Promise<void>;
  end(id: string): Promise<void>;
}

/** Its API, version 2. Errors: `alertmanager_unavailable`, which a later run may mend. */
export function openAlertmanager(config: SilencesConfig['alertmanager']): Alertmanager {
  const call = callerOf(config);
  return {
    async known(environment) {
      const filter = encodeURIComponent(`environment="${environment}"`);
      const answer = answerSchema.safeParse(await call('GET', `silences?filter=${filter}`));
      if (!answer.success)
        throw unavailable('silences', 'answered something else than silences', answer.error);
      return answer.data
        .filter(({ createdBy, status }) => createdBy === CREATED_BY && status.state !== 'expired')
        .map(({ id, matchers, startsAt, endsAt, comment }) => ({
          ...{ id, matchers, comment },
          fromMs: Date.parse(startsAt),
          untilMs: Date.parse(endsAt),
        }));
    },
    async make({ matchers, fromMs, untilMs, comment }) {
      await call('POST', 'silences', {
        ...{ matchers, comment, createdBy: CREATED_BY },
        startsAt: new Date(fromMs).toISOString(),
        endsAt: new Date(untilMs).toISOString(),
      });
    },
    async end(id) {
      await call('DELETE', `silence/${encodeURIComponent(id)}`);
    },
  };
}

function callerOf({ url, tokenFile, deadlineMs }: SilencesConfig['alertmanager']) {
  const root = url.replace(/\/+$/, '');
  const authorization: Record<string, string> =
    tokenFile === undefined
      ? {}
      : { authorization: `Bearer ${readSecret(tokenFile, 'alertmanager.tokenFile')}` };
  return async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
    const call = path.split('?')[0];
    let text: string;
    try {
      const response = await fetch(`${root}/api/v2/${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...authorization },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(deadlineMs),
      });
      text = await response.text();
      if (!response.ok) throw unavailable(call, `answered ${response.status}`);
    } catch (cause) {
      if (cause instanceof GondolaError) throw cause;
      throw unavailable(call, 'does not answer', cause);
    }
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch (cause) {
      throw unavailable(call, 'answered no JSON: is it the address of an Alertmanager?', cause);
    }
  };
}

const unavailable = (call: string, why: string, cause?: unknown): GondolaError =>
  new GondolaError('alertmanager_unavailable', `Alertmanager ${why} (${call})`, true, { cause });
