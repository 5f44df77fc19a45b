import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfluentSubjects } from '@gondola/registry-confluent';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { cleanUp, newLake, start as startApi } from '../../apps/api/test/api-harness.js';
import { describeWithApicurio, startApicurio, type Apicurio } from '../servers/apicurio.js';
import { writeTypedFolder } from '../../apps/gondola/test/typed-folder.js';
import { lastLine, runGondola } from '../run-gondola.js';

const schemas = join(import.meta.dirname, '../../schemas');
/** Of one version. */
const CLOSURE = 'retail.catalog.closure';

interface Schema {
  fields: { name: string; type: unknown; default?: unknown }[];
}

describeWithApicurio('gondola schemas with Apicurio Registry', () => {
  const contracts = loadEmbeddedRegistry(schemas);
  let server: Apicurio;
  let ourUrl: string;
  let root: string;
  let folder: string;

  beforeAll(async () => {
    server = await startApicurio();
    ourUrl = (await startApi(await newLake(), {}, { schemas: contracts })).app.url;
    root = mkdtempSync(join(tmpdir(), 'gondola-register-'));
    folder = join(root, 'schemas');
    cpSync(schemas, folder, { recursive: true });
  }, 300_000);
  afterAll(async () => {
    await cleanUp();
    await server.stop();
    rmSync(root, { recursive: true });
  });

  const text = contracts.schemaText(15) ?? '';
  const changed = (change: (schema: Schema) => unknown) => {
    const schema = JSON.parse(text) as Schema;
    change(schema);
    return JSON.stringify(schema);
  };
  const wider = changed(({ fields }) => fields.push({ name: 'n', type: ['null', 'string'], default: null }));
  const broken = changed(({ fields }) => fields.push({ name: 'n', type: 'string' }));
  const avro = (schema: string) => ({ kind: 'avro' as const, text: schema, references: [] });
  const run = async (...args: string[]) => {
    const ended = await runGondola(['schemas', ...args, '--registry', server.url, '--json']);
    return { code: ended.code, said: ended.stderr, summary: lastLine(ended) };
  };
  const subjectsAt = (url: string) => createConfluentSubjects({ urls: [url], deadlineMs: 20_000 });

  test('what is missing is registered once, with the ids of ids.json where the registry is empty', async () => {
    const outcomes = async (...args: string[]) => {
      const { code, summary } = await run('register', ...args);
      const subjects = summary['subjects'] as { subject: string; outcome: string; id: number | null }[];
      return { code, subjects: subjects.map(({ subject, outcome, id }) => `${subject} ${outcome} ${id}`) };
    };
    const ids = JSON.parse(readFileSync(join(schemas, 'ids.json'), 'utf8')) as Record<
      string,
      Record<string, number>
    >;
    const inOrder = Object.entries(ids)
      .flatMap(([subject, versions]) => Object.values(versions).map((id) => ({ subject, id })))
      .sort((left, right) => left.id - right.id);
    const all = (outcome: string, idOf: (id: number) => number | null) => ({
      code: 0,
      subjects: inOrder.map(({ subject, id }) => `${subject} ${outcome} ${idOf(id)}`),
    });
    expect(await outcomes('--dry-run')).toEqual(all('missing', () => null));
    expect(await subjectsAt(server.url).versions(CLOSURE)).toEqual([]);
    expect(await outcomes()).toEqual(all('registered', (id) => id));
    expect(await outcomes()).toEqual(all('known', (id) => id));
    expect(await subjectsAt(server.url).compatibility(CLOSURE)).toBe('BACKWARD_TRANSITIVE');
    expect(await outcomes('--subject', CLOSURE, '--suffix=-value', '--dry-run')).toEqual({
      code: 0,
      subjects: [`${CLOSURE}-value missing null`],
    });
    const config = join(root, 'registry.yaml');
    writeFileSync(config, `registry: { kind: confluent, urls: ['${server.url}'] }`);
    const checked = await runGondola(['schemas', 'check', '--config', config, '--json']);
    expect(lastLine(checked)).toMatchObject({ ok: true, findings: [], registry: server.url });
  }, 300_000);

  test('what the registry would refuse is named by field and rule, and nothing is registered', async () => {
    // To the folder by itself it is allowed: the registry holds the subject to more.
    writeFileSync(join(folder, `${CLOSURE}/v2.avsc`), broken);
    const edit = (path: string, from: string, to: string) => {
      const before = readFileSync(join(folder, path), 'utf8');
      writeFileSync(join(folder, path), before.replace(from, to));
    };
    edit(`${CLOSURE}/contract.yaml`, 'BACKWARD_TRANSITIVE', 'NONE');
    edit('ids.json', '{ "1": 15 }', '{ "1": 15, "2": 90 }');
    for (const kind of ['pass', 'fail'])
      for (const name of readdirSync(join(folder, CLOSURE, 'examples', kind)))
        edit(`${CLOSURE}/examples/${kind}/${name}`, '"updatedAt"', '"n": "n", "updatedAt"');
    const { code, said, summary } = await run('register', '--dir', folder);
    expect(code).toBe(1);
    expect(summary).toMatchObject({ ok: false, errors: 1, subjects: [] });
    expect(said).toMatch(
      /error {3}retail\.catalog\.closure\/v2\.avsc: .* would refuse it \(BACKWARD_TRANSITIVE\): as v2 cannot read what v1 wrote: \/n is not written/,
    );
    expect(said).toContain('nothing was registered');
    expect(await subjectsAt(server.url).versions(CLOSURE)).toEqual([1]);
    // Between the check and the registration somebody else may have been there: then it is the registry that says no.
    expect(await subjectsAt(server.url).register(CLOSURE, avro(broken))).toEqual({
      refused: expect.stringContaining('Incompatible'),
    });
  }, 300_000);

  test('a version that somebody else registered is told', async () => {
    const subject = 'retail.catalog.item';
    const item = JSON.parse(contracts.schemaText(5) ?? '') as Schema;
    item.fields.push({ name: 'n', type: ['null', 'string'], default: null });
    await subjectsAt(server.url).register(subject, avro(JSON.stringify(item)));
    const { summary } = await run('check', '--subject', subject);
    expect(summary).toMatchObject({ ok: true, findings: [{ code: 'registry_foreign', file: subject }] });
  }, 300_000);

  describe('the embedded registry answers alike', () => {
    const compatibility = `/compatibility/subjects/${CLOSURE}/versions`;
    const micros = changed(({ fields }) => {
      const field = fields.find(({ name }) => name === 'updatedAt');
      if (field) field.type = { type: 'long', logicalType: 'timestamp-micros' };
    });
    const bytes = changed(({ fields }) => fields.push({ name: 'n', type: ['null', 'bytes'], default: null }));

    /** What clients read: Apicurio shows no messages, and words its refusals otherwise. */
    const answerOf = async (url: string, path: string, schema: string | null) => {
      const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
      const asked = schema === null ? {} : { method: 'POST', headers, body: JSON.stringify({ schema }) };
      const answer = await fetch(url + path, asked);
      const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
      if (body === null || Array.isArray(body)) return [answer.status, body];
      const {
        message: _message,
        messages: _messages,
        detail: _detail,
        type: _type,
        title: _title,
        ...rest
      } = body;
      if (typeof rest['schema'] === 'string') rest['schema'] = JSON.parse(rest['schema']);
      return [answer.status, answer.ok ? rest : rest['error_code']];
    };

    test.each<[string, string | null]>([
      ['/subjects', null],
      [`/subjects/${CLOSURE}/versions`, null],
      [`/subjects/${CLOSURE}/versions/1`, null],
      [`/subjects/${CLOSURE}/versions/latest`, null],
      [`/subjects/${CLOSURE}/versions/-1`, null],
      [`/subjects/${CLOSURE}/versions/9`, null],
      ['/subjects/nobody/versions', null],
      ['/subjects/nobody/versions/1', null],
      ['/schemas/ids/15', null],
      ['/schemas/ids/15/versions', null],
      ['/schemas/ids/99', null],
      ['/schemas/ids/99/versions', null],
      [`/config/${CLOSURE}`, null],
      ['/config/nobody', null],
      [`/subjects/${CLOSURE}`, text],
      [`/subjects/${CLOSURE}`, JSON.stringify(JSON.parse(text))],
      [`/subjects/${CLOSURE}`, wider],
      [`/subjects/${CLOSURE}`, 'nonsense'],
      ['/subjects/nobody', text],
      [`/subjects/${CLOSURE}/versions`, text],
      [`${compatibility}/latest`, wider],
      [`${compatibility}/1`, wider],
      [`${compatibility}/1`, broken],
      [`${compatibility}/1?verbose=true`, broken],
      [`${compatibility}/9`, wider],
      [`${compatibility}/latest`, '{}'],
      [compatibility, wider],
      [compatibility, broken],
      ['/compatibility/subjects/nobody/versions/latest', wider],
    ])('%s', async (path, schema) => {
      expect(await answerOf(ourUrl, path, schema)).toEqual(await answerOf(server.url, path, schema));
    });

    // All that is known to differ; when one no longer does, it belongs above.
    test.each<[string, string, string | null, unknown, unknown]>([
      [
        'a version that is no number: ours says what Confluent says',
        `/subjects/${CLOSURE}/versions/x`,
        null,
        [422, 42202],
        [404, 40402],
      ],
      ['an id that is no number: ours has a code', '/schemas/ids/x', null, [404, 40403], [404, null]],
      [
        'any version of a subject that is not there: Confluent too says yes',
        '/compatibility/subjects/nobody/versions',
        wider,
        [200, { is_compatible: true }],
        [404, 40401],
      ],
      [
        'contracts know microseconds from milliseconds, to Avro they are the same bytes',
        `${compatibility}/1`,
        micros,
        [200, { is_compatible: false }],
        [200, { is_compatible: true }],
      ],
      [
        'contracts have no bytes: they are no columns',
        `${compatibility}/1`,
        bytes,
        [422, 42201],
        [200, { is_compatible: true }],
      ],
      [
        'ours only reads: versions are files of schemas/',
        `/subjects/${CLOSURE}/versions`,
        broken,
        [422, 42205],
        [409, 409],
      ],
      [
        'the mode of what is not there yet is that of a contract that names none',
        '/config',
        null,
        [200, { compatibilityLevel: 'BACKWARD_TRANSITIVE' }],
        [200, { compatibilityLevel: 'NONE' }],
      ],
    ])('not: %s', async (_, path, schema, ours, theirs) => {
      expect(await answerOf(ourUrl, path, schema)).toEqual(ours);
      expect(await answerOf(server.url, path, schema)).toEqual(theirs);
    });

    test('so producers may check against it and register with it', async () => {
      const [ours, theirs] = [subjectsAt(ourUrl), subjectsAt(server.url)];
      for (const one of [ours, theirs]) {
        expect(await one.lookUp(CLOSURE, avro(text))).toEqual({ version: 1, id: 15 });
        expect(await one.lookUp(CLOSURE, avro(wider))).toBeNull();
        expect(await one.whyIncompatible(CLOSURE, avro(wider))).toBeNull();
        expect(await one.whyIncompatible(CLOSURE, avro(broken))).not.toBeNull();
        expect(await one.whyIncompatible('nobody', avro(wider))).toBeNull();
        expect(await one.register(CLOSURE, avro(text))).toEqual({ id: 15 });
      }
      const ended = await runGondola(['schemas', 'register', '--registry', ourUrl, '--json']);
      const { ok, subjects } = lastLine(ended) as { ok: boolean; subjects: readonly { outcome: string }[] };
      expect({ ok, outcomes: new Set(subjects.map(({ outcome }) => outcome)) }).toEqual({
        ok: true,
        outcomes: new Set(['known']),
      });
    });
  });

  // Last: it adds subjects.
  test('types are registered before what names them', async () => {
    const dir = join(root, 'typed');
    writeTypedFolder(dir);
    const outcomes = async () => {
      const { summary } = await run('register', '--dir', dir, '--suffix=-value');
      return (summary['subjects'] as { subject: string; outcome: string; why: string | null }[]).map(
        ({ subject, outcome, why }) => [subject, outcome, why],
      );
    };
    const all = (outcome: string) =>
      ['shop.code', 'shop.money', 'shop.sold-value'].map((subject) => [subject, outcome, null]);
    expect(await outcomes()).toEqual(all('registered'));
    expect(await outcomes()).toEqual(all('known'));
  }, 300_000);
});
