import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { RemoteRegistry, RemoteSchema, SchemaId, SchemaKind, SchemaName } from '@gondola/contract';
import { GondolaError, SetupError } from '@gondola/stream';
import { createConnections, type Connection } from './connection.js';
import { accessOf, type ConfluentAccess } from './access.js';

export interface ConfluentSettings extends ConfluentAccess {
  /** Of one registry: they are tried in turn, beginning with the one that answered last. */
  readonly urls: readonly string[];
  /** PEM file of the authorities that sign the registry. */
  readonly caFile?: string | undefined;
}

interface SchemaBody {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly Reference[];
}

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** References to references, and how many of them: a registry that answers nonsense must not keep us busy. */
const REFERENCES_MAX = 200;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KINDS: Readonly<Record<string, SchemaKind>> = { AVRO: 'avro', JSON: 'json', PROTOBUF: 'protobuf' };

type Get = <T>(path: string, signal: AbortSignal) => Promise<T | null>;

/**
 * A registry that speaks Confluent's HTTP interface: Confluent's own, Apicurio (`/apis/ccompat/v7`), Karapace, Redpanda.
 * Auth and TLS are those of Confluent's client, loaded at the first question; of it only what sends requests is used, since its
 * caches make an id that is slow hold up all others. Throws `config_invalid` when a file of the settings cannot be read.
 */
export function createConfluentRegistry(settings: ConfluentSettings): RemoteRegistry {
  const address = settings.urls.map(withoutSecrets).join(', ');
  const get = createGet(settings, address);

  async function namesOf(id: SchemaId, signal: AbortSignal): Promise<readonly SchemaName[]> {
    if (typeof id === 'number') return (await get<SchemaName[]>(`/schemas/ids/${id}/versions`, signal)) ?? [];
    const ids = (await get<{ id: number }[]>(`/schemas/guids/${id}/ids`, signal)) ?? [];
    const names: SchemaName[] = [];
    for (const one of ids) names.push(...(await namesOf(one.id, signal)));
    return names;
  }

  async function referencesOf(
    { references = [] }: SchemaBody,
    seen: Map<string, { name: string; text: string } | null>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      const path = versionPath({ subject, version });
      if (seen.has(path) || seen.size >= REFERENCES_MAX) continue;
      // One that refers to itself is not asked for without end.
      seen.set(path, null);
      const body = await get<SchemaBody>(path, signal);
      if (!body)
        throw new GondolaError(
          'registry_unavailable',
          `${address} has no ${subject} version ${version}, which is referred to`,
          true,
        );
      await referencesOf(body, seen, signal);
      // Behind those that it refers to.
      seen.delete(path);
      seen.set(path, { name, text: body.schema });
    }
  }

  return {
    address,
    async idOf(name, signal): Promise<SchemaId | null> {
      return (await get<{ id: number }>(versionPath(name), signal))?.id ?? null;
    },
    async find(id, signal): Promise<RemoteSchema | null> {
      const path = pathOf(id);
      const body = path === null ? null : await get<SchemaBody>(path, signal);
      if (!body) return null;
      const kind = KINDS[body.schemaType ?? 'AVRO'];
      if (!kind || typeof body.schema !== 'string')
        throw new GondolaError('registry_unavailable', `${address} gives no schema for ${id}`, true);
      const references = new Map<string, { name: string; text: string } | null>();
      await referencesOf(body, references, signal);
      const names = await namesOf(id, signal);
      return {
        kind,
        text: body.schema,
        names: names.map(({ subject, version }) => ({ subject, version })),
        references: [...references.values()].filter((one) => one !== null),
      };
    },
  };
}

function createGet(settings: ConfluentSettings, address: string): Get {
  const [access, httpsAgent] = [accessOf(settings), httpsAgentOf(settings)];
  let connections: Promise<Connection> | null = null;
  return async <T>(path: string, signal: AbortSignal): Promise<T | null> => {
    const connection = await (connections ??= createConnections(settings.urls, access, httpsAgent));
    const answer = await connection.get(path, signal);
    switch (answer.kind) {
      case 'found':
        return answer.body as T;
      case 'absent':
        return null;
      case 'denied':
        throw new SetupError(
          'registry_denied',
          `${address} answers ${answer.status}: check basicAuth or oauth of the registry, and what they may read`,
        );
      case 'refused':
      case 'failed':
        throw new GondolaError('registry_unavailable', `${address} ${answer.why}`, true);
    }
  };
}

const versionPath = ({ subject, version }: SchemaName): string =>
  `/subjects/${encodeURIComponent(subject)}/versions/${version}`;

/** Null for what cannot be an id of such a registry. */
function pathOf(id: SchemaId): string | null {
  if (typeof id === 'number') return id > 0 ? `/schemas/ids/${id}` : null;
  return GUID.test(id) ? `/schemas/guids/${id}` : null;
}

export function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
}

export function httpsAgentOf({ caFile }: Pick<ConfluentSettings, 'caFile'>): Agent | undefined {
  return caFile === undefined ? undefined : new Agent({ ca: readCa(caFile) });
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SetupError('config_invalid', `registry.caFile: ${path} cannot be read`, { cause });
  }
}
