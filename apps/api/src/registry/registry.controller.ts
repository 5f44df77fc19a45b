import type { SchemaRegistry } from '@gondola/schema-registry';
import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { refusal } from './read-schema.js';

/** What the registry's HTTP door needs of a registry. */
export type SchemaLookup = Pick<
  SchemaRegistry,
  | 'subjects'
  | 'versions'
  | 'schemaText'
  | 'schemaKind'
  | 'schemaReferences'
  | 'schemaId'
  | 'contractOf'
  | 'contracts'
>;

export const SCHEMAS = Symbol('schemas');
export const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/**
 * The reading part of the Confluent Schema Registry's HTTP interface, so that its clients work
 * unchanged. A schema without `schemaType` is an Avro one to them.
 */
@Controller()
export class RegistryController {
  constructor(@Inject(SCHEMAS) private readonly schemas: SchemaLookup) {}

  @Get('subjects')
  @Header('content-type', MEDIA_TYPE)
  subjects(): readonly string[] {
    return this.schemas.subjects();
  }

  @Get('subjects/:subject/versions')
  @Header('content-type', MEDIA_TYPE)
  versions(@Param('subject') subject: string): readonly number[] {
    return this.knownVersions(subject);
  }

  @Get('subjects/:subject/versions/:version')
  @Header('content-type', MEDIA_TYPE)
  version(@Param('subject') subject: string, @Param('version') wanted: string): Record<string, unknown> {
    const versions = this.knownVersions(subject);
    const version = versionNumber(wanted, versions[versions.length - 1]);
    const id = this.schemas.schemaId(subject, version);
    const schema = id === null ? null : this.schemas.schemaText(id);
    if (schema === null) throw refusal(404, 40402, `Version ${wanted} not found.`);
    return { subject, version, id, schema, ...this.typeOf(Number(id)) };
  }

  @Get('schemas/ids/:id')
  @Header('content-type', MEDIA_TYPE)
  byId(@Param('id') id: string): Record<string, unknown> {
    const schema = /^\d{1,10}$/.test(id) ? this.schemas.schemaText(Number(id)) : null;
    if (schema === null) throw refusal(404, 40403, `Schema ${id} not found`);
    return { schema, ...this.typeOf(Number(id)) };
  }

  /** Under which subjects and versions an id is known. */
  @Get('schemas/ids/:id/versions')
  @Header('content-type', MEDIA_TYPE)
  versionsById(@Param('id') id: string): readonly Record<string, unknown>[] {
    this.byId(id);
    return this.schemas
      .subjects()
      .flatMap((subject) => this.schemas.versions(subject).map((version) => ({ subject, version })))
      .filter(({ subject, version }) => this.schemas.schemaId(subject, version) === Number(id));
  }

  /** Without `references` it names no other. */
  private typeOf(id: number): Record<string, unknown> {
    const kind = this.schemas.schemaKind(id);
    const references = this.schemas
      .schemaReferences(id)
      .map(({ name, subject, version }) => ({ name, subject, version }));
    return {
      ...(kind !== null && kind !== 'avro' && { schemaType: kind.toUpperCase() }),
      ...(references.length > 0 && { references }),
    };
  }

  private knownVersions(subject: string): readonly number[] {
    const versions = this.schemas.versions(subject);
    if (versions.length === 0) throw refusal(404, 40401, `Subject '${subject}' not found.`);
    return versions;
  }
}

/** Errors: 422. */
export function versionNumber(wanted: string, newest: number): number {
  if (wanted === 'latest' || wanted === '-1') return newest;
  if (/^[1-9]\d{0,8}$/.test(wanted)) return Number(wanted);
  throw refusal(422, 42202, `Invalid version '${wanted}'. It must be a number from 1 on, or latest`);
}
