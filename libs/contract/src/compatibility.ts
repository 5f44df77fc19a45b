import { SetupError } from '@gondola/stream';
import { avscTypeOf, messageOf } from './avro-type.js';
import { jsonDifference } from './json-schema/json-difference.js';
import type { ReadVersion } from './schema-kinds.js';

/**
 * Every newer version must be able to read every older one: bronze keeps them all, and silver is rebuilt from it. With
 * FULL_TRANSITIVE every older one must also read every newer one. Throws `contract_invalid`.
 */
export function requireCompatible(versions: readonly ReadVersion[], mode: string, where: string): void {
  const requireReads = (reader: ReadVersion, writer: ReadVersion) => {
    const why = whyUnreadable(reader, writer);
    if (why === null) return;
    const what = `v${reader.version} cannot read what v${writer.version} wrote`;
    throw new SetupError('contract_invalid', `${where}: ${what}: ${why}`);
  };
  for (let newer = 1; newer < versions.length; newer++) {
    for (let older = 0; older < newer; older++) {
      requireReads(versions[newer], versions[older]);
      if (mode === 'FULL_TRANSITIVE') requireReads(versions[older], versions[newer]);
    }
  }
}

function whyUnreadable(reader: ReadVersion, writer: ReadVersion): string | null {
  if (reader.kind !== writer.kind) return 'versions of one subject are of one kind';
  if (reader.json && writer.json) return jsonDifference(reader.json, writer.json);
  try {
    avscTypeOf(reader.text, reader.references).createResolver(avscTypeOf(writer.text, writer.references));
    return null;
  } catch (cause) {
    return messageOf(cause);
  }
}
