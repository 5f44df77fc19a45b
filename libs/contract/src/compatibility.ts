import avsc from 'avsc';
import { SetupError } from '@gondola/stream';
import { compileAvroDecoder } from './avro-decoder.js';
import { messageOf } from './avro-type.js';
import type { SchemaVersion } from './contract.js';
import { schemaFileOf, type ParsedSchema } from './parse-schema.js';
import { compileMessage } from './protobuf/proto-decoder.js';
import { requireSameNumbers } from './protobuf/proto-compatibility.js';

/**
 * Every newer version must be able to read every older one: bronze keeps them all, and silver is rebuilt from it. With
 * FULL_TRANSITIVE every older one must also read every newer one. Throws `contract_invalid`.
 */
export function requireCompatible(
  versions: readonly SchemaVersion[],
  schemas: readonly ParsedSchema[],
  mode: string,
  where: string,
): void {
  for (let newer = 1; newer < versions.length; newer++) {
    for (let older = 0; older < newer; older++) {
      requireReads(versions[newer], schemas[newer], versions[older], schemas[older], where);
      if (mode === 'FULL_TRANSITIVE')
        requireReads(versions[older], schemas[older], versions[newer], schemas[newer], where);
      const [before, after] = [schemas[older], schemas[newer]];
      if (before.kind === 'protobuf' && after.kind === 'protobuf')
        requireSameNumbers(before.message, after.message, `${where}/${schemaFileOf(versions[newer])}`);
    }
  }
}

function requireReads(
  readerVersion: SchemaVersion,
  reader: ParsedSchema,
  writerVersion: SchemaVersion,
  writer: ParsedSchema,
  where: string,
): void {
  try {
    if (writer.kind === 'protobuf')
      compileMessage(writer.message, reader.record, schemaFileOf(writerVersion));
    else if (reader.kind === 'avro') typeOf(readerVersion).createResolver(typeOf(writerVersion));
    else compileAvroDecoder(writer.record, reader.record, schemaFileOf(writerVersion));
  } catch (cause) {
    const what = `v${readerVersion.version} cannot read what v${writerVersion.version} wrote`;
    throw new SetupError('contract_invalid', `${where}: ${what}: ${messageOf(cause)}`, { cause });
  }
}

const typeOf = ({ text }: SchemaVersion): avsc.Type => avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);
