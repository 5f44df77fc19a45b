import { referenceKeyColumn, type Contract } from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { error, type Finding } from './finding.js';
import type { SchemaFolder } from './schema-folder.js';

/** Expectations that refer to another contract: ingest would end at its start when that cannot be referred to. */
export function lintReferences({ contracts }: SchemaFolder): readonly Finding[] {
  const all = [...contracts.values()];
  const sound = all.filter((one): one is Contract => !(one instanceof SetupError));
  // A contract that is not sound itself is told by the loader.
  if (sound.length < all.length) return [];
  return sound.flatMap(({ subject, file }) =>
    file.expectations.flatMap((expectation) => {
      if (expectation.kind !== 'reference') return [];
      const problem = problemOf(sound, expectation.subject, expectation.name);
      return problem === null ? [] : error('reference_unknown', `${subject}/contract.yaml`, '', problem);
    }),
  );
}

function problemOf(contracts: readonly Contract[], subject: string, expectation: string): string | null {
  try {
    referenceKeyColumn(contracts, subject, `expectation ${expectation}`);
    return null;
  } catch (problem) {
    if (problem instanceof SetupError) return problem.message;
    throw problem;
  }
}
