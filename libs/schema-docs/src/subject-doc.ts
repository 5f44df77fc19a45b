import {
  walkFields,
  type Contract,
  type ContractFile,
  type Masking,
  type PlacedField,
} from '@gondola/contract';
import type { ColumnSpec } from '@gondola/stream';
import { describeType } from './describe-type.js';

export interface FieldDoc {
  readonly pointer: string;
  readonly name: string;
  /** 0: of the event itself. */
  readonly depth: number;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly meaning: string;
  /** Of the silver table; null: the field is part of another one's. */
  readonly column: { readonly name: string; readonly type: string } | null;
  readonly masking: Masking | null;
  /** What it is used for, in words. */
  readonly roles: readonly string[];
}

export interface Examples {
  readonly pass: readonly { readonly name: string; readonly event: unknown }[];
  readonly fail: readonly { readonly name: string; readonly reason: string; readonly pointer: string }[];
}

/** Everything that people want to know of a subject. */
export interface SubjectDoc {
  readonly contract: Contract;
  readonly file: ContractFile;
  readonly fields: readonly FieldDoc[];
  readonly examples: Examples;
}

export function describeSubject(contract: Contract, examples: Examples): SubjectDoc {
  const roles = rolesOf(contract);
  const fields = [...walkFields(contract.schema)].map((field) => describeField(contract, field, roles));
  return { contract, file: contract.file, fields, examples };
}

function describeField(contract: Contract, field: PlacedField, roles: Roles): FieldDoc {
  const { file } = contract;
  const name = field.path.at(-1) ?? '';
  const isRow =
    field.path.length === 1 ? name !== file.rows : field.path[0] === file.rows && field.path.length === 2;
  return {
    pointer: field.pointer,
    name,
    depth: field.path.length - 1,
    type: describeType(field.type),
    isRequired: !field.optional,
    isNullable: field.type.kind === 'nullable',
    meaning: field.doc ?? '',
    column: isRow ? columnOf(contract, field) : null,
    masking: isRow ? (file.personal[name] ?? null) : null,
    roles: isRow || name === file.rows ? (roles.get(name) ?? []) : [],
  };
}

function columnOf(contract: Contract, { pointer, path }: PlacedField): FieldDoc['column'] {
  const spec = contract.columnByPointer.get(pointer);
  if (spec) return { name: spec.name, type: columnType(spec) };
  // These have columns of the system's in every silver table.
  if (path[0] === contract.file.roles.eventId) return { name: 'event_id', type: 'string' };
  if (path[0] === contract.file.roles.eventTime) return { name: 'event_time', type: 'timestamp' };
  return null;
}

const columnType = ({ type }: ColumnSpec): string =>
  type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.kind;

/** Names of the fields of which the first that is given is a record's key; empty: the event id is. */
export function keyFields({ keyColumns, columnByPointer }: Contract): readonly string[] {
  return keyColumns.flatMap((column) =>
    [...columnByPointer].flatMap(([pointer, { name }]) => (name === column ? pointer.slice(1) : [])),
  );
}

type Roles = ReadonlyMap<string, readonly string[]>;

function rolesOf(contract: Contract): Roles {
  const { file } = contract;
  const roles = new Map<string, string[]>();
  const add = (name: string | null, role: string) => {
    if (name !== null) roles.set(name, [...(roles.get(name) ?? []), role]);
  };
  add(file.roles.eventId, 'event id');
  add(file.roles.eventTime, 'event time');
  for (const name of file.identity ?? []) add(name, 'identity');
  for (const name of keyFields(contract)) add(name, 'key');
  add(file.rows, 'one row each');
  const { shelf } = file;
  if (!shelf) return roles;
  add(shelf.store, 'store of the shelf');
  add(shelf.item, 'item of the shelf');
  add(shelf.quantity, 'units moved');
  add(shelf.unitPrice, 'price');
  add(shelf.currency, 'currency');
  add(shelf.category, 'category');
  add(shelf.till, 'till');
  add(shelf.kind, 'way units go');
  for (const name of Object.keys(shelf.ignoreWhen)) add(name, 'decides whether stock moved');
  return roles;
}
