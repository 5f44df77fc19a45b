import { isDeepStrictEqual } from 'node:util';
import type { Contract } from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { checkReleasedExamples } from './check-examples.js';
import { compareContracts } from './compare-contracts.js';
import { error, warning, type Finding } from './finding.js';
import {
  IDS_FILE,
  idsOf,
  parseJson,
  typesIn,
  versionFiles,
  type SchemaFolder,
  type VersionFile,
} from './schema-folder.js';

/**
 * What changed since a release and must not, or should be known. Errors: what records, producers or readers of silver
 * rely on is gone or means something else. Warnings: events may be judged otherwise.
 */
export function compareWithRelease(
  now: SchemaFolder,
  released: SchemaFolder,
  nowMs: number,
): readonly Finding[] {
  const findings = [
    ...compareIds(now, released),
    ...typesIn(released).flatMap((subject) => compareVersions(now, released, subject)),
  ];
  for (const [subject, before] of released.contracts) {
    const after = now.contracts.get(subject);
    if (!after) {
      const message = 'was released and is gone: put it back, records and tables of it remain';
      findings.push(error('subject_removed', subject, '', message));
      continue;
    }
    findings.push(...compareVersions(now, released, subject));
    if (before instanceof SetupError) {
      const message = `as it was released cannot be read today, and is not compared: ${before.message}`;
      findings.push(warning('release_unreadable', `${subject}/contract.yaml`, '', message));
    } else if (!(after instanceof SetupError)) findings.push(...compareBoth(released, before, after, nowMs));
  }
  return findings;
}

const compareBoth = (released: SchemaFolder, before: Contract, after: Contract, nowMs: number) => [
  ...compareContracts(before, after),
  ...checkReleasedExamples(released, after, nowMs),
];

function compareIds(now: SchemaFolder, released: SchemaFolder): readonly Finding[] {
  const ids = idsOf(now);
  return Object.entries(idsOf(released)).flatMap(([subject, versions]) =>
    Object.entries(versions).flatMap(([version, id]) => {
      const found = ids[subject]?.[version];
      if (found === id) return [];
      const is = found === undefined ? 'is gone' : `is ${found} now`;
      const message = `id ${id} was released and ${is}: records name it for ever, put it back`;
      return error('id_changed', IDS_FILE, `${subject}.${version}`, message);
    }),
  );
}

function compareVersions(now: SchemaFolder, released: SchemaFolder, subject: string): readonly Finding[] {
  const after = versionFiles(now, subject);
  return versionFiles(released, subject).flatMap((before) => {
    const found = after.find(({ version }) => version === before.version);
    if (!found)
      return error(
        'version_removed',
        before.path,
        '',
        'was released and is gone: put it back, records of it remain',
      );
    if (found.kind === before.kind && found.text === before.text) return [];
    if (meansTheSame(before, found))
      return warning(
        'version_reworded',
        found.path,
        '',
        'only its words changed: registries that have it take it for another schema, with another id',
      );
    return error(
      'version_changed',
      found.path,
      '',
      `changed since its release: take it back and make it v${Math.max(...after.map(({ version }) => version)) + 1}`,
    );
  });
}

const WORDS = new Set(['doc', 'description', 'title', '$comment']);

function meansTheSame(before: VersionFile, after: VersionFile): boolean {
  if (before.kind !== after.kind || before.kind === 'protobuf') return false;
  const [left, right] = [before, after].map(({ text }) => withoutWords(parseJson(text)));
  return left !== null && isDeepStrictEqual(left, right);
}

/** A field that is named `doc` or `title` is an entry of a list in Avro; in JSON Schema it is a schema, no text. */
function withoutWords(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutWords);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key, value]) => !(WORDS.has(key) && typeof value === 'string'))
      .map(([key, value]) => [key, withoutWords(value)]),
  );
}
