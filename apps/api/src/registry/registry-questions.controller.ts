import type { Contract, SchemaKind } from '@gondola/contract';
import type { HttpRequest } from '@gondola/nest';
import { versionOfText, whyIncompatible } from '@gondola/schema-registry';
import { SetupError } from '@gondola/stream';
import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { readSchema, refusal, type SchemaBody } from './read-schema.js';
import { MEDIA_TYPE, SCHEMAS, versionNumber, type SchemaLookup } from './registry.controller.js';

interface Verdict {
  readonly is_compatible: boolean;
  readonly messages?: readonly string[];
}

/**
 * What producers' builds ask a schema registry before they send anything: is this schema registered, may it be. Nothing is
 * registered here: versions are files of `schemas/`.
 */
@Controller()
export class RegistryQuestionsController {
  constructor(@Inject(SCHEMAS) private readonly schemas: SchemaLookup) {}

  @Post('subjects/:subject')
  @HttpCode(200)
  @Header('content-type', MEDIA_TYPE)
  async lookUp(
    @Param('subject') subject: string,
    @Req() request: HttpRequest,
  ): Promise<Record<string, unknown>> {
    const contract = this.contractOf(subject);
    const body = await readSchema(request);
    const version = versionOf(contract, body);
    if (version === null) throw refusal(404, 40403, 'Schema not found');
    const id = this.schemas.schemaId(subject, version);
    return { subject, version, id, schema: id === null ? null : this.schemas.schemaText(id) };
  }

  /** Clients that register what they write get the id of what is here, and are told why else. */
  @Post('subjects/:subject/versions')
  @HttpCode(200)
  @Header('content-type', MEDIA_TYPE)
  async register(
    @Param('subject') subject: string,
    @Req() request: HttpRequest,
  ): Promise<Record<string, unknown>> {
    const body = await readSchema(request);
    const known = this.find(subject);
    const version = known && versionOf(known, body);
    if (version !== null) return { id: this.schemas.schemaId(subject, version) };
    throw refusal(
      422,
      42205,
      `Subject ${subject} is read-only: versions are files of schemas/, added and released with their contract`,
    );
  }

  @Post('compatibility/subjects/:subject/versions')
  @HttpCode(200)
  @Header('content-type', MEDIA_TYPE)
  async testAll(
    @Param('subject') subject: string,
    @Query('verbose') verbose: string | undefined,
    @Req() request: HttpRequest,
  ): Promise<Verdict> {
    const known = this.find(subject);
    const body = await readSchema(request);
    return known ? judge(known, body, null, verbose) : { is_compatible: true };
  }

  @Post('compatibility/subjects/:subject/versions/:version')
  @HttpCode(200)
  @Header('content-type', MEDIA_TYPE)
  async test(
    @Param('subject') subject: string,
    @Param('version') wanted: string,
    @Query('verbose') verbose: string | undefined,
    @Req() request: HttpRequest,
  ): Promise<Verdict> {
    // As the others answer: a subject that is not there yet stands in no schema's way.
    if (wanted === 'latest' && !this.find(subject)) return { is_compatible: true };
    const contract = this.contractOf(subject);
    const version = versionNumber(wanted, contract.newestVersion);
    if (this.schemas.schemaId(subject, version) === null)
      throw refusal(404, 40402, `Version ${wanted} not found.`);
    return judge(contract, await readSchema(request), version, verbose);
  }

  /** Of a subject that is not there yet: what a contract that does not say otherwise has. */
  @Get('config')
  @Header('content-type', MEDIA_TYPE)
  configOfAll(): Record<string, unknown> {
    return { compatibilityLevel: 'BACKWARD_TRANSITIVE' };
  }

  @Get('config/:subject')
  @Header('content-type', MEDIA_TYPE)
  config(@Param('subject') subject: string): Record<string, unknown> {
    return { compatibilityLevel: this.contractOf(subject).compatibility };
  }

  private contractOf(subject: string): Contract {
    const contract = this.find(subject);
    if (!contract) throw refusal(404, 40401, `Subject '${subject}' not found.`);
    return contract;
  }

  /** A contract is known by its types too; a registry knows subjects only. */
  private find(subject: string): Contract | null {
    const contract = this.schemas.contractOf(subject);
    return contract?.subject === subject ? contract : null;
  }
}

const versionOf = (contract: Contract, { schema, kind }: SchemaBody): number | null =>
  versionOfText(contract, { kind, text: schema });

function judge(
  contract: Contract,
  { schema, kind }: SchemaBody,
  version: number | null,
  verbose: string | undefined,
): Verdict {
  const why =
    kind === (contract.versions.at(-1)?.kind ?? 'avro')
      ? incompatibilities(contract, { kind, text: schema }, version)
      : [`the subject is not ${kind.toUpperCase()}`];
  return { is_compatible: why.length === 0, ...(verbose === 'true' && { messages: why }) };
}

function incompatibilities(
  contract: Contract,
  schema: { readonly kind: SchemaKind; readonly text: string },
  version: number | null,
): readonly string[] {
  try {
    return whyIncompatible(contract, schema, version);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw refusal(422, 42201, `Invalid schema: ${error.message}`);
  }
}
