import { SetupError } from '@gondola/stream';
import type { ReadAvro } from './avro-decoder.js';
import { toNatural, type AvroType } from './avro-type.js';
import { FAIL } from './problem.js';

/** Compiles a reader of a branch. Throws `contract_invalid` when it cannot be read. */
export type CompileAvro = (writer: AvroType, reader: AvroType) => ReadAvro;

/** The branches of a union as Avro numbers them; null is null. */
function branchesOf(type: AvroType): readonly (AvroType | null)[] {
  if (type.kind === 'union') return type.branches;
  return type.kind === 'nullable' ? branchesOf(type.of).toSpliced(type.nullIndex, 0, null) : [type];
}

/**
 * What each branch of the writer's union is to the reader. One that the reader does not take stops the values that are of it,
 * not the others; only when the reader takes none, there is nothing to read.
 */
export function compileUnion(writer: AvroType, reader: AvroType, compile: CompileAvro): ReadAvro {
  let refusal: unknown = null;
  const readers = branchesOf(writer).map((branch): ReadAvro | null => {
    if (branch === null) return reader.kind === 'nullable' ? () => null : null;
    try {
      return compile(branch, reader);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      refusal = error;
      return null;
    }
  });
  const isNullOnly = branchesOf(writer).every((branch, index) => branch === null || !readers[index]);
  if (refusal !== null && isNullOnly) throw refusal;
  return (input) => {
    const branch = input.long();
    if (branch === FAIL) return FAIL;
    const read = readers[branch];
    if (read === undefined) return input.trouble.fail('decode_failed', 'a union branch that does not exist');
    if (read === null)
      return input.trouble.fail('schema_mismatch', 'a union branch that the contract does not take');
    return read(input);
  };
}

/** Into the first branch that takes it, as Avro's resolution has it; what comes out is its JSON text. */
export function compileIntoUnion(
  writer: AvroType,
  branches: readonly AvroType[],
  compile: CompileAvro,
): ReadAvro {
  let refusal: unknown = null;
  for (const branch of branches)
    try {
      const read = compile(writer, branch);
      return (input) => {
        const value = read(input);
        return value === FAIL ? FAIL : JSON.stringify(toNatural(branch, value));
      };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      refusal = error;
    }
  throw refusal;
}
