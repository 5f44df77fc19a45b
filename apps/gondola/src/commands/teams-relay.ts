import { once } from 'node:events';
import { SetupError } from '@gondola/stream';
import { createLogger } from '@gondola/telemetry';
import { parsePort, UsageError, type Command } from '../command.js';
import { readSecret, readToken } from '../read-token.js';
import { createTeamsRelay } from '../teams-relay/relay.js';

const DEADLINE_MS = 10_000;

export const teamsRelay: Command = {
  summary: 'hand what Alertmanager sends to Microsoft Teams, as cards in Spanish or English',
  usage:
    '--url-file FILE --token-file FILE [--lang es|en] [--host H] [--port N]\n' +
    '  FILES hold the address of a Teams workflow and the token that Alertmanager shows; it posts to http://HOST:PORT/alerts',
  options: {
    'url-file': { type: 'string' },
    'token-file': { type: 'string' },
    lang: { type: 'string', default: 'es' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9095' },
  },
  run: async ({ positionals, values }, context) => {
    const { 'url-file': urlFile, 'token-file': tokenFile, lang, host } = values;
    if (positionals.length > 0) throw new UsageError('teams-relay takes no positional arguments');
    if (typeof urlFile !== 'string' || typeof tokenFile !== 'string')
      throw new UsageError('teams-relay takes --url-file and --token-file');
    if (lang !== 'es' && lang !== 'en') throw new UsageError(`--lang is es or en; it was ${lang}`);
    const port = parsePort(values['port']);
    const server = createTeamsRelay({
      ...{ url: urlIn(urlFile), token: readToken(tokenFile, '--token-file'), lang },
      ...{ deadlineMs: DEADLINE_MS, log: createLogger('teams-relay', 'info') },
    });
    const listening = once(server, 'listening');
    server.listen(port, String(host));
    await listening.catch((cause: unknown) => {
      throw new SetupError('port_in_use', `port ${port} of ${host} cannot be listened on`, { cause });
    });
    context.say(`teams-relay runs; Alertmanager posts to http://${host}:${port}/alerts`);
    if (!context.signal.aborted) await once(context.signal, 'abort');
    server.closeAllConnections();
    server.close();
    return { command: 'teams-relay', ok: true };
  },
};

function urlIn(path: string): string {
  const text = readSecret(path, '--url-file');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' || url?.hostname === '127.0.0.1') return text;
  throw new SetupError(
    'config_invalid',
    `--url-file: ${path} must hold one address that begins with https://`,
  );
}
