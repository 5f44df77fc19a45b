import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { cleanUp, newLake, start as startApi } from '../../../api/test/api-harness.js';
import { keepFirstVersion } from '../../../../test/first-version.js';
import { SHIPPED } from '../line.js';
import { check } from './check.js';
import { register } from './register.js';
import { types } from './types.js';

const STORE = 'retail.catalog.store';
const said: string[] = [];
const context = {
  say: (text: string) => said.push(text),
  progress: () => undefined,
  signal: new AbortController().signal,
};
let folder: string;
let url: string;

beforeEach(async () => {
  said.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'gondola-register-'));
  cpSync(SHIPPED.schemas, folder, { recursive: true });
  keepFirstVersion(folder, STORE);
  const schemas = loadEmbeddedRegistry(folder);
  url = (await startApi(await newLake(), {}, { schemas })).app.url;
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await cleanUp();
});

function addVersions(...types: readonly unknown[]): void {
  const schema = JSON.parse(readFileSync(join(folder, STORE, 'v1.avsc'), 'utf8')) as { fields: object[] };
  types.forEach((type, index) => {
    schema.fields.push({
      name: `more${index}`,
      type,
      doc: 'More.',
      ...(Array.isArray(type) && { default: null }),
    });
    writeFileSync(join(folder, STORE, `v${index + 2}.avsc`), JSON.stringify(schema));
  });
  const ids = types.map((_, index) => `, "${index + 2}": ${index + 20}`).join('');
  const path = join(folder, 'ids.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"1": 6', `"1": 6${ids}`));
}

// Against the embedded registry, which knows everything and takes nothing.
test('what is there is known; what a registry refuses is told, and nothing of its subject is sent after it', async () => {
  const ids = JSON.parse(readFileSync(join(folder, 'ids.json'), 'utf8')) as object;
  const there = Object.values(ids).flatMap((versions: object) => Object.keys(versions));
  addVersions(['null', 'string'], ['null', 'int']);
  const summary = await register({ dir: folder, registry: url }, context);
  expect(summary).toMatchObject({ ok: false, errors: 0, registry: url });
  const subjects = summary['subjects'] as {
    subject: string;
    version: number;
    outcome: string;
    why: string | null;
  }[];
  expect(subjects.filter(({ outcome }) => outcome === 'known')).toHaveLength(there.length);
  expect(subjects.filter(({ outcome }) => outcome !== 'known')).toEqual([
    { subject: STORE, version: 2, outcome: 'refused', id: null, why: expect.stringContaining('read-only') },
    { subject: STORE, version: 3, outcome: 'refused', id: null, why: expect.stringContaining('read-only') },
  ]);
  expect(said).toContainEqual(
    expect.stringMatching(/^retail\.catalog\.store v2: refused: Subject .* is read-only/),
  );
});

test('what the registry is held to is named in its words, and nothing is registered', async () => {
  addVersions('string');
  const edit = (path: string, from: string, to: string) =>
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
  // The folder by itself may do it.
  edit(join(folder, STORE, 'contract.yaml'), 'BACKWARD_TRANSITIVE', 'FORWARD');
  for (const kind of ['pass', 'fail'])
    for (const name of readdirSync(join(folder, STORE, 'examples', kind)))
      edit(join(folder, STORE, 'examples', kind, name), '"updatedAt"', '"more0": "n", "updatedAt"');
  const summary = await register({ dir: folder, registry: url, subject: STORE }, context);
  expect(summary).toMatchObject({ ok: false, errors: 1, subjects: [] });
  expect(said).toContainEqual(
    expect.stringMatching(
      /^error {3}retail\.catalog\.store\/v2\.avsc: .* \(BACKWARD_TRANSITIVE\): v2 cannot read what v1 wrote: \/more0 is not written/,
    ),
  );
  expect(said).toContainEqual(
    expect.stringMatching(/^warning .* holds retail\.catalog\.store to BACKWARD_TRANSITIVE/),
  );
  expect(said).toContain('nothing was registered: mend the errors first');
});

test("a contract that names its producer's schema is read with it, and is not ours to register", async () => {
  const own = join(folder, 'own');
  mkdirSync(join(own, 'shop.store'), { recursive: true });
  writeFileSync(
    join(own, 'shop.store/contract.yaml'),
    `owner: o\ndescription: d\nschema: { subject: ${STORE}, version: 1 }\nnotPersonal: [name]\n` +
      'roles: { eventId: eventId, eventTime: updatedAt }\n',
  );
  const found = async (values: Readonly<Record<string, string>>) => {
    const { findings } = await check({ dir: own, ...values }, context);
    return (findings as { severity: string; code: string }[]).map(
      ({ severity, code }) => `${severity} ${code}`,
    );
  };
  expect(await found({})).toEqual(['error contract_invalid']);
  expect(await found({ registry: url })).toEqual(['warning example_missing', 'warning example_missing']);
  expect(await register({ dir: own, registry: url }, context)).toMatchObject({ ok: true, subjects: [] });
  await expect(types({ dir: own, out: join(folder, 'types') }, context)).rejects.toThrow(
    'shop.store: its schema is',
  );
});

test('a registry that does not answer is an error that may be tried again', async () => {
  await expect(register({ dir: folder, registry: 'http://127.0.0.1:1' }, context)).rejects.toMatchObject({
    code: 'registry_unavailable',
    canRetry: true,
  });
});

test.each([
  [{ registry: 'http://user:secret@localhost' }, 'must not hold a user or password'],
  [{ registry: 'ftp://localhost' }, 'config_invalid'],
  [{}, 'schemas register takes --registry'],
])('%j is refused', async (values, text) => {
  const error = await register({ dir: folder, ...values }, context).catch((thrown: unknown) => thrown);
  expect(`${(error as { code?: string }).code} ${(error as Error).message}`).toContain(text);
  expect((error as Error).message).not.toContain('secret');
});

test('a registry that has no subjects is refused by the name of its field', async () => {
  const config = join(folder, 'config.yaml');
  writeFileSync(config, 'registry: { kind: glue }');
  await expect(check({ dir: SHIPPED.schemas, config }, context)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('registry.kind'),
  });
});
