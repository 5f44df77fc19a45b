import { basename } from 'node:path';
import { environmentsIn } from '@gondola/config';
import { at, parseHcl, parseTree, readFiles, textOf, textsIn, type Body } from './tree.js';

const ENVIRONMENTS = ['dev', 'qa', 'prod'] as const;
type Environment = (typeof ENVIRONMENTS)[number];

/** Shapes of keys, tokens and connection strings; a GUID of zeros to nines or an account's number is none. */
const SECRET =
  /AKIA[A-Z0-9]{12,}|-----BEGIN|AccountKey=|SharedAccessKey|eyJ[\w-]{20,}|(?<![\w/.-])[A-Za-z0-9+/]{40,}={0,2}(?![\w/.-])/;

async function readAll(cloud: string, kind: 'tfvars' | 'backend.hcl'): Promise<Record<Environment, Body>> {
  const files = readFiles(`.${kind}`);
  const parsed = await Promise.all(
    ENVIRONMENTS.map(async (environment) => {
      const path = `${cloud}/envs/${environment}.${kind}`;
      return [environment, await parseHcl(`${path}.tf`, files.get(path) ?? 'missing {')] as const;
    }),
  );
  return Object.fromEntries(parsed) as Record<Environment, Body>;
}

/** Settings that protect: more of them, or true, is stricter. */
const PROTECTING = ['event_retention_hours', 'undelete_days', 'log_retention_days', 'deletion_protection'];

describe.each(['aws', 'azure'])('environments of %s', (cloud) => {
  let settings: Record<Environment, Body>;
  let backends: Record<Environment, Body>;
  beforeAll(async () => {
    settings = await readAll(cloud, 'tfvars');
    backends = await readAll(cloud, 'backend.hcl');
  });

  it('are the three that there are', () => {
    const files = [...readFiles('.tfvars').keys(), ...readFiles('.backend.hcl').keys()];
    const own = files.filter((path) => path.startsWith(`${cloud}/envs/`)).map((path) => basename(path));
    expect(own.sort()).toEqual(ENVIRONMENTS.flatMap((one) => [`${one}.backend.hcl`, `${one}.tfvars`]).sort());
  });

  it.each(ENVIRONMENTS)('%s names itself and no other', (environment) => {
    expect(settings[environment]['environment']).toBe(environment);
    const others = ENVIRONMENTS.filter((other) => other !== environment);
    for (const body of [settings[environment], backends[environment]])
      for (const { path, text } of textsIn(body))
        expect([path, environmentsIn(text, others)]).toEqual([path, []]);
  });

  it.each(ENVIRONMENTS)('%s keeps its state apart, locked', (environment) => {
    const backend = backends[environment];
    const places = cloud === 'aws' ? ['bucket', 'key'] : ['container_name', 'resource_group_name', 'key'];
    for (const place of places)
      expect(environmentsIn(textOf(backend[place]), ENVIRONMENTS)).toEqual([environment]);
    // Azure locks by a lease whatever one sets; S3 has to be told.
    expect(backend).toMatchObject(
      cloud === 'aws' ? { use_lockfile: true, encrypt: true } : { use_azuread_auth: true },
    );
    if (cloud === 'aws') expect(textOf(backend['kms_key_id'])).toContain(`-${environment}-`);
    else expect(backend['subscription_id']).toBe(settings[environment]['subscription_id']);
  });

  it('have an account each', () => {
    const field = cloud === 'aws' ? 'account_id' : 'subscription_id';
    expect(new Set(ENVIRONMENTS.map((one) => textOf(settings[one][field]))).size).toBe(3);
    expect(new Set(ENVIRONMENTS.map((one) => textOf(at(settings[one], 'cluster.oidc_issuer')))).size).toBe(3);
  });

  it.each(PROTECTING)('are no less strict from one to the next: %s', (field) => {
    const [dev = NaN, qa = NaN, prod = NaN] = ENVIRONMENTS.map((one) => Number(settings[one][field]));
    expect(dev).toBeLessThanOrEqual(qa);
    expect(qa).toBeLessThanOrEqual(prod);
    expect(dev).toBeLessThan(prod);
  });

  it('set what has no default, and nothing that is not there', async () => {
    const tree = await parseTree(readFiles('.tf'));
    const declared = tree.variables.filter(({ folder }) => folder === cloud);
    const required = declared.filter(({ body }) => !('default' in body)).map(({ name }) => name);
    for (const environment of ENVIRONMENTS) {
      const given = Object.keys(settings[environment]);
      expect(required.filter((name) => !given.includes(name))).toEqual([]);
      expect(given.filter((name) => !declared.some((variable) => variable.name === name))).toEqual([]);
    }
  });

  it('hold no secret', () => {
    for (const environment of ENVIRONMENTS)
      for (const { path, text } of [...textsIn(settings[environment]), ...textsIn(backends[environment])])
        expect([path, SECRET.test(text)]).toEqual([path, false]);
    expect(SECRET.test('AKIAIOSFODNN7EXAMPLE')).toBe(true);
    expect(SECRET.test('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYwJalrXUt')).toBe(true);
    expect(SECRET.test('DefaultEndpointsProtocol=https;AccountName=x;AccountKey=abc')).toBe(true);
  });
});
