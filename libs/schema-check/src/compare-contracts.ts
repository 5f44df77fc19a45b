import { isDeepStrictEqual } from 'node:util';
import type { CompatibilityMode, Contract } from '@gondola/contract';
import type { ColumnSpec, ColumnType } from '@gondola/stream';
import { error, warning, type Finding } from './finding.js';

/** What one `contract.yaml` and its newest schema promised and the next one does not. */
export function compareContracts(before: Contract, after: Contract): readonly Finding[] {
  const path = `${after.subject}/contract.yaml`;
  return [
    ...compareRoles(before, after, path),
    ...compareColumns(before, after, path),
    ...compareMasks(before, after, path),
    ...compareRules(before, after, path),
    ...comparePromises(before, after, path),
  ];
}

/** Rows that are in silver already would mean something else than those that come. */
function compareRoles(before: Contract, after: Contract, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  const text = (value: unknown) => JSON.stringify(value) ?? 'nothing';
  const roles = ({ file }: Contract) => ({
    rows: file.rows,
    'roles.eventId': file.roles.eventId,
    'roles.eventTime': file.roles.eventTime,
    identity: file.identity,
  });
  const now = roles(after);
  for (const [role, value] of Object.entries(roles(before))) {
    const found = now[role as keyof typeof now];
    if (!isDeepStrictEqual(value, found))
      findings.push(
        error(
          'role_changed',
          path,
          role,
          `was ${text(value)}, is ${text(found)}: rows of silver would be of two kinds; make it a new subject`,
        ),
      );
  }
  if (!isDeepStrictEqual(before.keyColumns, after.keyColumns))
    findings.push(
      warning(
        'key_changed',
        path,
        'roles.key',
        `was by ${before.keyColumns.join(', ') || 'event id'}: order between old and new records of a key is lost`,
      ),
    );
  if (!isDeepStrictEqual(before.file.shelf, after.file.shelf))
    findings.push(
      warning('shelf_changed', path, 'shelf', 'detection reads other fields, or reads them otherwise'),
    );
  for (const type of before.types)
    if (!after.types.includes(type))
      findings.push(
        error(
          'type_removed',
          path,
          'types',
          `${type} is gone: events that name it become subject_unknown; put it back`,
        ),
      );
  return findings;
}

function compareColumns(before: Contract, after: Contract, path: string): readonly Finding[] {
  return before.columns.flatMap((column): Finding[] => {
    const found = after.columns.find(({ name }) => name === column.name);
    const field = `columns.${column.name}`;
    if (!found)
      return [
        error(
          'column_removed',
          path,
          field,
          'is gone from silver: keep the field, with a default, so that readers find it',
        ),
      ];
    const [was, is] = [column, found].map(typeText);
    if (was === is) return [];
    if (isWider(column.type, found.type))
      return [
        warning('column_widened', path, field, `was ${was}, is ${is}: run gondola widen after the release`),
      ];
    return [
      error('column_changed', path, field, `was ${was}, is ${is}: tables cannot follow; make it a new field`),
    ];
  });
}

function typeText({ type }: Pick<ColumnSpec, 'type'>): string {
  return type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.kind;
}

function isWider(from: ColumnType, to: ColumnType): boolean {
  if (from.kind === 'int32') return to.kind === 'int64' || to.kind === 'float64';
  if (from.kind !== 'decimal' || to.kind !== 'decimal') return false;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

function compareMasks(before: Contract, after: Contract, path: string): readonly Finding[] {
  return Object.entries(before.file.personal).flatMap(([name, masking]): Finding[] => {
    const found = after.file.personal[name];
    if (found === masking) return [];
    if (found === undefined)
      return [
        error(
          'mask_removed',
          path,
          `personal.${name}`,
          `was ${masking} and goes to silver as it is now: put it back`,
        ),
      ];
    return [
      warning(
        'mask_changed',
        path,
        `personal.${name}`,
        `was ${masking}, is ${found}: old and new rows cannot be compared by it`,
      ),
    ];
  });
}

function compareRules(before: Contract, after: Contract, path: string): readonly Finding[] {
  const rules = new Map(before.file.rules.map((rule) => [rule.name, rule]));
  const findings = after.file.rules.flatMap(({ name, check }): Finding[] => {
    const was = rules.get(name);
    rules.delete(name);
    if (was?.check === check) return [];
    const how = was ? `was ${was.check}` : 'is new';
    return [
      warning(
        'rule_changed',
        path,
        `rules.${name}`,
        `${how}: events that passed may be refused; tell the producers`,
      ),
    ];
  });
  const gone = [...rules.keys()].map((name) =>
    warning(
      'rule_removed',
      path,
      `rules.${name}`,
      'is gone: what it refused can be taken up with gondola quarantine replay',
    ),
  );
  return [...findings, ...gone];
}

/** What each mode promises, of who reads whom. */
const promises = (mode: CompatibilityMode): readonly string[] => {
  const reach = mode.endsWith('_TRANSITIVE') ? ['the last', 'all'] : ['the last'];
  const ways = ['BACKWARD', 'FORWARD'].filter((way) => mode.startsWith(way) || mode.startsWith('FULL'));
  return ways.flatMap((way) => reach.map((how) => `${way} ${how}`));
};

function comparePromises(before: Contract, after: Contract, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  const kept = promises(after.compatibility);
  if (promises(before.compatibility).some((promise) => !kept.includes(promise)))
    findings.push(
      warning(
        'compatibility_weakened',
        path,
        'compatibility',
        `was ${before.compatibility}, which promised more`,
      ),
    );
  if (after.valueBytesMax < before.valueBytesMax)
    findings.push(
      warning(
        'limit_lowered',
        path,
        'valueBytesMax',
        `was ${before.valueBytesMax}: larger records go to quarantine`,
      ),
    );
  const [was, is] = [before.file.serviceLevel, after.file.serviceLevel];
  if (was !== null && !isDeepStrictEqual(was, is))
    findings.push(warning('service_level_changed', path, 'serviceLevel', 'changed: tell who relies on it'));
  return findings;
}
