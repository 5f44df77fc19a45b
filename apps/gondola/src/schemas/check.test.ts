import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '@gondola/schema-check';
import { keepFirstVersion } from '../../../../test/first-version.js';
import { SHIPPED } from '../line.js';
import { check } from './check.js';

const POS = 'retail.pos.transaction';
const STORE = 'retail.catalog.store';
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gondola-check-'));
  folder = join(root, 'schemas');
  cpSync(SHIPPED.schemas, folder, { recursive: true });
  keepFirstVersion(folder, STORE);
});
afterEach(() => rmSync(root, { recursive: true }));

const said: string[] = [];
const context = {
  say: (text: string) => said.push(text),
  progress: () => undefined,
  signal: new AbortController().signal,
};
const checked = async (values: Readonly<Record<string, string>> = {}) => {
  said.length = 0;
  return (await check({ dir: folder, ...values }, context)) as { ok: boolean; findings: readonly Finding[] };
};
const found = async (values?: Readonly<Record<string, string>>) =>
  (await checked(values)).findings.map(({ severity, code, file, field }) =>
    `${severity} ${code} ${file} ${field}`.trim(),
  );

const edit = (path: string, change: (text: string) => string) => {
  const before = readFileSync(join(folder, path), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${path}: nothing was changed`);
  writeFileSync(join(folder, path), after);
};
const replace = (path: string, from: string, to: string) => edit(path, (text) => text.replace(from, to));
type Fields = { name: string; type?: unknown; doc?: string; default?: unknown }[];
/** A second version of the store's schema. */
const addVersion = (change: (fields: Fields) => void) => {
  const schema = JSON.parse(readFileSync(join(folder, `${STORE}/v1.avsc`), 'utf8')) as { fields: Fields };
  change(schema.fields);
  writeFileSync(join(folder, `${STORE}/v2.avsc`), JSON.stringify(schema));
  replace('ids.json', `"${STORE}": { "1": 6 }`, `"${STORE}": { "1": 6, "2": 90 }`);
};
/** A number or a list of records of one type. */
const UNION = [
  'int',
  {
    type: 'array',
    items: {
      type: 'record',
      name: 'Manager',
      fields: [{ name: 'managerEmail', type: 'string', doc: 'x' }],
    },
  },
];
const city = (fields: Fields) => fields.findIndex(({ name }) => name === 'city');

test('nothing is to be said of the shipped contracts', async () => {
  expect(await checked({ dir: SHIPPED.schemas })).toMatchObject({ ok: true, findings: [] });
});

describe('by itself', () => {
  test.each<[string, () => void, string]>([
    [
      'a stray file',
      () => renameSync(join(folder, `${POS}/examples/pass/sale.json`), join(folder, `${POS}/sale.json`)),
      `warning file_unknown ${POS}/sale.json`,
    ],
    [
      'a version left out',
      () => {
        addVersion(() => undefined);
        renameSync(join(folder, `${STORE}/v2.avsc`), join(folder, `${STORE}/v3.avsc`));
        replace('ids.json', '"2": 90', '"3": 90');
      },
      `warning version_gap ${STORE}/v3.avsc`,
    ],
    [
      'an id of nothing',
      () => replace('ids.json', '{ "1": 6 }', '{ "1": 6, "2": 91 }'),
      `error id_without_version ids.json ${STORE}.2`,
    ],
    [
      'no doc',
      () => replace(`${POS}/v1.avsc`, '"doc": "ISO 4217."', '"doc": ""'),
      `warning field_doc ${POS}/v1.avsc /currencyCode`,
    ],
    [
      'a field named otherwise',
      () =>
        addVersion((fields) =>
          fields.push({ name: 'Opened_At', type: ['null', 'string'], default: null, doc: 'x' }),
        ),
      `warning field_name ${STORE}/v2.avsc /Opened_At`,
    ],
    [
      'what sounds personal',
      () =>
        addVersion((fields) =>
          fields.push({ name: 'managerEmail', type: ['null', 'string'], default: null, doc: 'x' }),
        ),
      `warning personal_undecided ${STORE}/contract.yaml /managerEmail`,
    ],
    [
      'what sounds personal in one of several types',
      () => addVersion((fields) => fields.push({ name: 'run', type: UNION, default: 0, doc: 'x' })),
      `warning personal_undecided ${STORE}/contract.yaml /run/*/managerEmail`,
    ],
    [
      'what sounds personal and is of several types',
      () =>
        addVersion((fields) =>
          fields.push({ name: 'managerEmail', type: ['long', 'string'], default: 0, doc: 'x' }),
        ),
      `warning personal_undecided ${STORE}/contract.yaml /managerEmail`,
    ],
    [
      'no mask of who bought',
      () => edit(`${POS}/contract.yaml`, (text) => text.replace(/ {2}customerId: token\n/, '')),
      `warning personal_undecided ${POS}/contract.yaml /customerId`,
    ],
    [
      'a pointer to nothing',
      () => replace(`${POS}/contract.yaml`, 'pointer: /lines/*/itemId', 'pointer: /lines/*/item'),
      `warning rule_pointer ${POS}/contract.yaml rules.itemGiven`,
    ],
    [
      'a rule that does not compile',
      () => replace(`${POS}/contract.yaml`, 'length(currencyCode) == 3', 'length(currency) == 3'),
      `error contract_invalid ${POS}/contract.yaml`,
    ],
    [
      'an expectation of a subject that is not there',
      () => replace(`${POS}/contract.yaml`, 'subject: retail.catalog.item', 'subject: retail.catalog.items'),
      `error reference_unknown ${POS}/contract.yaml`,
    ],
    [
      'a rule that no example breaks',
      () => rmSync(join(folder, `${POS}/examples/fail/currency-symbol.json`)),
      `warning rule_unproven ${POS}/contract.yaml rules.currencyCode`,
    ],
    [
      'an example that is refused',
      () => replace(`${POS}/examples/pass/sale.json`, '"quantity": 2', '"quantity": -2'),
      `error example_refused ${POS}/examples/pass/sale.json /lines/0/quantity`,
    ],
    [
      'an example that passes',
      () => replace(`${POS}/examples/fail/quantity-zero.json`, '"quantity": 0,', '"quantity": 1,'),
      `error example_passes ${POS}/examples/fail/quantity-zero.json /lines/1/quantity`,
    ],
    [
      'another reason',
      () => replace(`${POS}/examples/fail/quantity-zero.json`, 'rule_broken', 'rule_error'),
      `error example_refused_otherwise ${POS}/examples/fail/quantity-zero.json /lines/1/quantity`,
    ],
    [
      'an example without its reason',
      () => replace(`${POS}/examples/fail/quantity-zero.json`, '"expect"', '"expected"'),
      `error example_unreadable ${POS}/examples/fail/quantity-zero.json`,
    ],
    ['ids that are no JSON', () => writeFileSync(join(folder, 'ids.json'), '{'), 'error contract_invalid .'],
    [
      'one type of two',
      () => replace(`${STORE}/contract.yaml`, 'owner:', 'types: [retail.web.search]\nowner:'),
      'error contract_invalid .',
    ],
  ])('%s', async (_, spoil, expected) => {
    spoil();
    expect(await found()).toContain(expected);
  });

  test('versions that do not fit together: every field, in both ways, with its rule', async () => {
    addVersion((fields) => {
      fields.push({ name: 'opened', type: 'string', doc: 'x' });
      fields[city(fields)].type = ['null', 'int'];
      fields[city(fields)].default = null;
    });
    replace(`${STORE}/contract.yaml`, 'BACKWARD_TRANSITIVE', 'FULL');
    const { findings, ok } = await checked();
    expect(ok).toBe(false);
    expect(findings.map(({ code, file, field }) => [code, file, field])).toEqual([
      ['incompatible', `${STORE}/v2.avsc`, '/city'],
      ['incompatible', `${STORE}/v2.avsc`, '/opened'],
      ['incompatible', `${STORE}/v2.avsc`, '/city'],
    ]);
    expect(said[0]).toBe(
      `error   ${STORE}/v2.avsc: /city: v2 cannot read what v1 wrote: /city is written as string, which cannot be read as int ` +
        '(TYPE_MISMATCH); give the field a default, keep its type, or make it a new field',
    );
    expect(said[1]).toContain(
      'v2 cannot read what v1 wrote: /opened is not written, and has no default when read (READER_FIELD_MISSING_DEFAULT_VALUE)',
    );
    expect(said[2]).toContain('v1 cannot read what v2 wrote');
  });

  test('a mode that leaves a version behind', async () => {
    addVersion((fields) => fields.push({ name: 'opened', type: 'string', doc: 'x' }));
    replace(`${STORE}/contract.yaml`, 'BACKWARD_TRANSITIVE', 'FORWARD_TRANSITIVE');
    expect(await found()).toContain(`warning version_left_behind ${STORE}/v1.avsc /opened`);
  });
});

describe('against a release', () => {
  const file = `${POS}/contract.yaml`;
  test.each<[string, () => void, string]>([
    [
      'a subject',
      () => {
        rmSync(join(folder, STORE), { recursive: true });
        edit('ids.json', (text) => text.replace(/.*catalog.store.*\n/, ''));
      },
      `error subject_removed ${STORE}`,
    ],
    ['an id', () => replace('ids.json', '"1": 6', '"1": 60'), `error id_changed ids.json ${STORE}.1`],
    [
      'a released version',
      () => replace(`${STORE}/v1.avsc`, '"name": "city"', '"name": "town"'),
      `error version_changed ${STORE}/v1.avsc`,
    ],
    [
      'its words',
      () => replace(`${STORE}/v1.avsc`, '"doc": "', '"doc": "Also: '),
      `warning version_reworded ${STORE}/v1.avsc`,
    ],
    [
      'a version',
      () => {
        addVersion(() => undefined);
        rmSync(join(folder, `${STORE}/v1.avsc`));
        replace('ids.json', '"1": 6, ', '');
      },
      `error version_removed ${STORE}/v1.avsc`,
    ],
    [
      'a type',
      () => edit('retail.web/contract.yaml', (text) => text.replace('  - retail.web.refund\n', '')),
      'error type_removed retail.web/contract.yaml types',
    ],
    [
      'a column',
      () => {
        addVersion((fields) => fields.splice(city(fields), 1));
        edit(`${STORE}/contract.yaml`, (text) => text.replace(/^expectations:[^]*/m, ''));
      },
      `error column_removed ${STORE}/contract.yaml columns.city`,
    ],
    [
      'a narrower column',
      () => replace(file, 'quantity: decimal(18, 3)', 'quantity: decimal(18, 4)'),
      `error column_changed ${file} columns.quantity`,
    ],
    [
      'a wider column',
      () => replace(`retail.inventory.movement/contract.yaml`, 'decimal(18, 3)', 'decimal(17, 2)'),
      'error column_changed retail.inventory.movement/contract.yaml columns.quantity',
    ],
    [
      'a mask',
      () => replace(file, '  customerId: token\n', ''),
      `error mask_removed ${file} personal.customerId`,
    ],
    [
      'another mask',
      () => replace(file, 'customerId: token', 'customerId: drop'),
      `warning mask_changed ${file} personal.customerId`,
    ],
    ['a role', () => replace(file, ', sequenceNumber]', ']'), `error role_changed ${file} identity`],
    [
      'the key',
      () => replace(file, 'beginDateTime }', 'beginDateTime, key: [workstationId] }'),
      `warning key_changed ${file} roles.key`,
    ],
    [
      'what moves stock',
      () => replace(file, 'RETURN: return', 'RETURN: ignore'),
      `warning shelf_changed ${file} shelf`,
    ],
    [
      'a rule that is stricter',
      () => replace(file, 'sequenceNumber >= 0', 'sequenceNumber >= 5000'),
      `warning rule_changed ${file} rules.sequenceCounts`,
    ],
    [
      'and refuses what passed',
      () => replace(file, 'sequenceNumber >= 0', 'sequenceNumber >= 5000'),
      `error released_example_refused ${POS}/examples/pass/sale.json /sequenceNumber`,
    ],
    [
      'a rule that is gone',
      () => edit(file, (text) => text.replace(/ {2}- name: currencyCode\n(?: {4}.*\n)+/, '')),
      `warning rule_removed ${file} rules.currencyCode`,
    ],
    [
      'a promise',
      () => replace(file, 'BACKWARD_TRANSITIVE', 'BACKWARD'),
      `warning compatibility_weakened ${file} compatibility`,
    ],
    ['a limit', () => replace(file, '1048576', '1048575'), `warning limit_lowered ${file} valueBytesMax`],
    [
      'a service level',
      () => replace(file, 'freshnessMinutes: 5', 'freshnessMinutes: 50'),
      `warning service_level_changed ${file} serviceLevel`,
    ],
  ])('%s', async (_, change, expected) => {
    change();
    expect(await found({ released: SHIPPED.schemas })).toContain(expected);
  });

  test('a compatible version changes nothing', async () => {
    const released = join(root, 'released');
    cpSync(folder, released, { recursive: true });
    addVersion((fields) =>
      fields.push({ name: 'opened', type: ['null', 'string'], default: null, doc: 'First day.' }),
    );
    expect(await found({ released })).toEqual([]);
  });

  test('a release is a commit of git as well', async () => {
    const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args]);
    git('init', '--quiet');
    git(
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@example.org',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'empty',
    );
    git('tag', 'nothing');
    git('add', '.');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'released');
    git('tag', 'v1');
    replace(file, '  customerId: token\n', '');
    expect(await found({ since: 'v1' })).toContain(`error mask_removed ${file} personal.customerId`);
    expect((await checked({ since: 'nothing' })).ok).toBe(true);
    await expect(checked({ since: '--output=x' })).rejects.toThrow('--since --output=x: ');
  });
});
