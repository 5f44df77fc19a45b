import type { Contract, SchemaReference, SchemaVersion } from '@gondola/contract';
import type { KeptSubject } from './check-registry.js';
import { idsOf, versionFiles, type SchemaFolder } from './schema-folder.js';

/** The types that contracts name, which a registry has to have before it takes what names them. */
export function typesNamed(folder: SchemaFolder, contracts: readonly Contract[]): readonly KeptSubject[] {
  const ids = idsOf(folder);
  const types = new Map<string, SchemaVersion[]>();
  const lists = contracts.flatMap(({ versions }) => versions.map(({ references = [] }) => references));
  for (const references of lists)
    references.forEach(({ subject, version, text }, index) => {
      const versions = types.get(subject) ?? [];
      types.set(subject, versions);
      const file = versionFiles(folder, subject).find((one) => one.version === version);
      if (!file || versions.some((one) => one.version === version)) return;
      const inner = references.slice(0, index).filter(({ name }) => text.includes(nameIn(file.kind, name)));
      versions.push({ version, kind: file.kind, text, id: ids[subject]?.[version] ?? 0, references: inner });
    });
  return [...types].map(([subject, versions]) => ({
    subject,
    versions: versions.toSorted((left, right) => left.version - right.version),
    compatibility: null,
    file: null,
  }));
}

/** Avro of one namespace leaves it out. */
const nameIn = (kind: SchemaVersion['kind'], name: SchemaReference['name']): string =>
  kind === 'avro' ? name.slice(name.lastIndexOf('.') + 1) : name;
