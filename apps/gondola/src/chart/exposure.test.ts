import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
const template = readFileSync(join(ROOT, 'helm/gondola/templates/_exposure.tpl'), 'utf8');
const listed = [...template.matchAll(/^\[.*\]$/gm)].flatMap(([list]) => JSON.parse(list) as string[]);

/** First words of the paths that a service's controllers answer. */
function routesOf(app: string): string[] {
  const folder = join(ROOT, 'apps', app, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.controller.ts'),
  );
  return files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const [, prefix = ''] = /@Controller\('([^']*)'\)/.exec(text) ?? [];
    const paths = [...text.matchAll(/@(?:Get|Post|Put)\((?:'([^']*)')?\)/g)].map(([, path = '']) => path);
    return paths.map((path) => `/${[prefix, path].filter((part) => part !== '').join('/')}`);
  });
}

it.each(['api', 'collector'])('every path of %s is reached from outside, but those of operations', (app) => {
  const routes = routesOf(app);
  expect(routes.length).toBeGreaterThan(0);
  // The board itself is exact: a prefix of one stroke would be everything.
  const missing = routes.filter(
    (route) => route !== '/' && !listed.some((path) => route === path || route.startsWith(`${path}/`)),
  );
  expect(missing).toEqual([]);
});

it('nothing of operations is reached from outside', () => {
  const operations = ['/metrics', '/health', '/log-level'];
  expect(
    listed.filter((path) => operations.some((one) => one.startsWith(path) || path.startsWith(one))),
  ).toEqual([]);
});
