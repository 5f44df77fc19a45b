import type { KnownVersion, Refused, SchemaKind, SchemaText, SubjectRegistry } from '@gondola/contract';
import { GondolaError, SetupError } from '@gondola/stream';
import { accessOf } from './access.js';
import { httpsAgentOf, withoutSecrets, type ConfluentSettings } from './confluent-registry.js';
import { createConnections, type Answer, type Connection, type Method } from './connection.js';

const TYPES: Readonly<Record<SchemaKind, string>> = { avro: 'AVRO', json: 'JSON', protobuf: 'PROTOBUF' };

/**
 * A registry that speaks Confluent's HTTP interface, as who keeps its subjects sees it (see `SubjectRegistry`). `deadlineMs` is for one
 * answer. Throws `config_invalid` when a file of the settings cannot be read.
 */
export function createConfluentSubjects(
  settings: ConfluentSettings & { readonly deadlineMs: number },
): SubjectRegistry {
  const address = settings.urls.map(withoutSecrets).join(', ');
  const access = accessOf(settings);
  const agent = httpsAgentOf(settings);
  let connections: Promise<Connection> | null = null;

  async function ask(method: Method, path: string, body?: object): Promise<Heard> {
    const connection = await (connections ??= createConnections(settings.urls, access, agent));
    const answer = await connection.send(method, path, body, AbortSignal.timeout(settings.deadlineMs));
    if (answer.kind === 'denied')
      throw new SetupError(
        'registry_denied',
        `${address} answers ${answer.status}: check basicAuth or oauth of the registry, and what they may do`,
      );
    if (answer.kind === 'failed')
      throw new GondolaError('registry_unavailable', `${address} ${answer.why}`, true);
    return answer;
  }

  return {
    address,
    async versions(subject) {
      const answer = await ask('GET', `/subjects/${encodeURIComponent(subject)}/versions`);
      return answer.kind === 'found' ? (answer.body as number[]) : [];
    },
    async lookUp(subject, schema) {
      const answer = await ask('POST', `/subjects/${encodeURIComponent(subject)}`, bodyOf(schema));
      if (answer.kind !== 'found') return null;
      const { version, id } = answer.body as KnownVersion;
      return { version, id };
    },
    async compatibility(subject) {
      const own = await ask('GET', `/config/${encodeURIComponent(subject)}`);
      const answer = own.kind === 'found' ? own : await ask('GET', '/config');
      return answer.kind === 'found'
        ? (answer.body as { compatibilityLevel: string }).compatibilityLevel
        : 'NONE';
    },
    async setCompatibility(subject, compatibility) {
      const answer = await ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility });
      return answer.kind === 'found' ? null : refusedOf(answer);
    },
    async text(subject, version) {
      const answer = await ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`);
      return answer.kind === 'found' ? (answer.body as { schema: string }).schema : null;
    },
    async whyIncompatible(subject, schema) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions?verbose=true`;
      const answer = await ask('POST', path, bodyOf(schema));
      if (answer.kind === 'absent') return null;
      if (answer.kind === 'refused') return [answer.why];
      const { is_compatible: compatible, messages } = answer.body as {
        is_compatible: boolean;
        messages?: readonly string[];
      };
      return compatible ? null : (messages ?? []);
    },
    async register(subject, schema) {
      const answer = await ask('POST', `/subjects/${encodeURIComponent(subject)}/versions`, bodyOf(schema));
      return answer.kind === 'found' ? { id: (answer.body as { id: number }).id } : refusedOf(answer);
    },
  };
}

/** Avro goes without its type, as old registries know nothing else. */
function bodyOf({ kind, text, references }: SchemaText): object {
  return {
    schema: text,
    ...(kind !== 'avro' && { schemaType: TYPES[kind] }),
    ...(references.length > 0 && { references }),
  };
}

type Heard = Exclude<Answer, { readonly kind: 'denied' | 'failed' }>;

function refusedOf(answer: Exclude<Heard, { readonly kind: 'found' }>): Refused {
  return { refused: answer.kind === 'refused' ? answer.why : 'it has no such subject' };
}
