import avsc from 'avsc';
import { SetupError } from '@gondola/stream';
import { messageOf } from './avro-type.js';
import type { SchemaVersion } from './contract.js';

/**
 * Every newer version must be able to read every older one: bronze keeps them all, and silver is rebuilt from it. With
 * FULL_TRANSITIVE every older one must also read every newer one. Throws `contract_invalid`.
 */
export function requireCompatible(versions: readonly SchemaVersion[], mode: string, where: string): void {
  const types = versions.map(({ version, text }) => ({
    version,
    type: avsc.Type.forSchema(JSON.parse(text) as avsc.Schema),
  }));
  const requireReads = (reader: (typeof types)[number], writer: (typeof types)[number]) => {
    try {
      reader.type.createResolver(writer.type);
    } catch (cause) {
      const what = `v${reader.version} cannot read what v${writer.version} wrote`;
      throw new SetupError('contract_invalid', `${where}: ${what}: ${messageOf(cause)}`, { cause });
    }
  };
  for (let newer = 1; newer < types.length; newer++) {
    for (let older = 0; older < newer; older++) {
      requireReads(types[newer], types[older]);
      if (mode === 'FULL_TRANSITIVE') requireReads(types[older], types[newer]);
    }
  }
}
