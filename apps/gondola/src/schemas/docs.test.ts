import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../../test/run-gondola.js';
import { docs } from './docs.js';
import { types } from './types.js';

const SHIPPED = readdirSync(join(ROOT, 'schemas'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
).length;

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'gondola-docs-'));
});
afterEach(() => rmSync(out, { recursive: true }));
const context = { say: () => undefined, progress: () => undefined, signal: new AbortController().signal };

test('documents of the shipped contracts, in the line that a configuration names', async () => {
  const config = join(ROOT, 'deploy/config/ingest.kafka.yaml');
  expect(await docs({ out, config }, context)).toMatchObject({ contracts: SHIPPED });
  const document = JSON.parse(readFileSync(join(out, 'asyncapi.json'), 'utf8')) as object;
  expect(document).toMatchObject({
    servers: { 'kafka-1': { host: 'kafka-1.example:9094', protocol: 'kafka-secure' } },
    components: {
      messages: {
        'retail.catalog.item': {
          examples: [{ name: 'item-promoted' }, { name: 'item-without-price' }, { name: 'item' }],
        },
      },
    },
  });
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  expect(page).toContain('prod/silver/retail.web');
  expect(page).toContain('Refused: 21 ways to be wrong');
});

test('types are those of the repository', async () => {
  await types({ out }, context);
  const generated = join(ROOT, 'libs/events/src/generated');
  expect(readdirSync(out).sort()).toEqual(readdirSync(generated).sort());
  expect(readFileSync(join(out, 'retail.web.ts'), 'utf8')).toBe(
    readFileSync(join(generated, 'retail.web.ts'), 'utf8'),
  );
});

test('--out must be given', async () => {
  await expect(docs({}, context)).rejects.toThrow('schemas docs takes --out DIR');
});
