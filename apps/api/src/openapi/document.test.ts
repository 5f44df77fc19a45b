import 'reflect-metadata';
import { Validator } from '@seriousme/openapi-schema-validator';
import { RequestMethod, type Type } from '@nestjs/common';
import { cleanUp, newLake, start } from '../../test/api-harness.js';
import { answerSchemasFile, answerSchemasText } from '../../test/answer-schemas.js';
import { createDocument } from './document.js';
import { ROUTES } from './routes.js';

afterEach(cleanUp);

test('the document is OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(createDocument()));
  expect(result).toMatchObject({ valid: true });
});

test('schemas of answers are those of the types (npm run openapi)', async () => {
  expect(answerSchemasFile()).toBe(await answerSchemasText());
});

test('each route is documented, and nothing else is', async () => {
  // With everything that an api may have.
  const { api } = await start(await newLake(), {}, { schemas: {} as never, quarantine: {} as never });
  const routes = (api.module.controllers ?? []).flatMap((controller) => routesOf(controller as Type));
  const ofOperations = ['GET /health', 'GET /health/live', 'GET /health/ready', 'GET /metrics'];
  const documented = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(documented.sort()).toEqual([...routes, ...ofOperations].sort());
});

/** As Nest's decorators have noted them. */
function routesOf(controller: Type): string[] {
  const prefix = String(Reflect.getMetadata('path', controller));
  const methods = controller.prototype as Readonly<Record<string, object>>;
  return Object.getOwnPropertyNames(methods).flatMap((name) => {
    if (name === 'constructor') return [];
    const path = Reflect.getMetadata('path', methods[name]) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata('method', methods[name]) as number];
    return [`${method} /${[prefix, path].filter((part) => part !== '/').join('/')}`];
  });
}
