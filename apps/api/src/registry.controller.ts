import type { SchemaRegistry } from '@gondola/schema-registry';
import { Controller, Get, Header, HttpException, Inject, Param } from '@nestjs/common';

/** What the registry's HTTP door needs of a registry. */
export type SchemaLookup = Pick<SchemaRegistry, 'subjects' | 'versions' | 'schemaOf' | 'schemaId'>;

type Schema = NonNullable<ReturnType<SchemaLookup['schemaOf']>>;

export const SCHEMAS = Symbol('schemas');
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/**
 * The reading part of the Confluent Schema Registry's HTTP interface, so that its clients work
 * unchanged.
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
    if (!/^(latest|-1|[1-9]\d{0,8})$/.test(wanted))
      throw refusal(422, 42202, `Invalid version '${wanted}'. It must be a number from 1 on, or latest`);
    const version = wanted === 'latest' || wanted === '-1' ? versions[versions.length - 1] : Number(wanted);
    const id = this.schemas.schemaId(subject, version);
    const found = id === null ? null : this.schemas.schemaOf(id);
    if (!found) throw refusal(404, 40402, `Version ${wanted} not found.`);
    return { subject, version, id, ...bodyOf(found) };
  }

  @Get('schemas/ids/:id')
  @Header('content-type', MEDIA_TYPE)
  byId(@Param('id') id: string): Record<string, unknown> {
    const found = /^\d{1,10}$/.test(id) ? this.schemas.schemaOf(Number(id)) : null;
    if (!found) throw refusal(404, 40403, `Schema ${id} not found`);
    return bodyOf(found);
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

  private knownVersions(subject: string): readonly number[] {
    const versions = this.schemas.versions(subject);
    if (versions.length === 0) throw refusal(404, 40401, `Subject '${subject}' not found.`);
    return versions;
  }
}

/** A schema without `schemaType` is an Avro one, and without `references` it names no other. */
function bodyOf({ text, kind = 'avro', references = [] }: Schema): Record<string, unknown> {
  return {
    schema: text,
    ...(kind !== 'avro' && { schemaType: kind.toUpperCase() }),
    ...(references.length > 0 && {
      references: references.map(({ name, subject, version }) => ({ name, subject, version })),
    }),
  };
}

/** Clients of that registry read `error_code` and `message`. */
function refusal(status: number, code: number, message: string): HttpException {
  return new HttpException({ detail: message, error_code: code, message }, status);
}
