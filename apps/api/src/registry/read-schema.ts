import type { SchemaKind } from '@gondola/contract';
import { readBody, type HttpRequest } from '@gondola/nest';
import { HttpException } from '@nestjs/common';

/** Larger than any schema that people write. */
const BODY_BYTES_MAX = 1 << 20;
const KINDS: readonly SchemaKind[] = ['avro', 'json', 'protobuf'];

export interface SchemaBody {
  readonly schema: string;
  readonly kind: SchemaKind;
}

/** What clients of a schema registry send as a schema. Errors: 422, 413. */
export async function readSchema(request: HttpRequest): Promise<SchemaBody> {
  const bytes = await readBody(request, BODY_BYTES_MAX);
  if (!bytes) throw refusal(413, 413, `At most ${BODY_BYTES_MAX} bytes`);
  const body = parse(bytes.toString('utf8'));
  const { schema, schemaType = 'AVRO' } = (body ?? {}) as Record<string, unknown>;
  const kind = KINDS.find((one) => one.toUpperCase() === schemaType);
  if (typeof schema !== 'string' || !kind)
    throw refusal(422, 42201, 'Invalid schema: { "schema": "<the text of a schema>" } expected');
  return { schema, kind };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Clients of that registry read `error_code` and `message`. */
export function refusal(status: number, code: number, message: string): HttpException {
  return new HttpException({ detail: message, error_code: code, message }, status);
}
