import { STATUS_CODES } from 'node:http';
import { PROBLEM_TYPE } from '@gondola/nest';
import { z } from 'zod';
import { ANSWER_SCHEMAS } from './generated/answer-schemas.js';
import type { Answer, Route } from './route.js';
import { ROUTES } from './routes.js';

type Json = Readonly<Record<string, unknown>>;

/** What any route may answer: a bad parameter, no key or a wrong one, too little scope, too many requests, and what nobody foresaw. */
const REFUSALS_OF_ALL = [400, 401, 403, 429, 500];

const UNTIL_READ =
  'Service Unavailable: until the lake was read once, with `code` "starting" and `Retry-After`; or too much is asked at once';

/** OpenAPI 3.1.1: routes from `routes.ts`, parameters from the schemas that parse them, answers from their types. */
export function createDocument(routes: readonly Route[] = ROUTES): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[templateOf(route.path)] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Góndola',
      version: '1',
      summary: 'Which shelf is empty, which one only looks stocked, which one is about to run out.',
      description:
        'Times are milliseconds since 1970 (UTC). Fields may be added; none is taken away or changed within a version.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: openToNewFields(ANSWER_SCHEMAS), securitySchemes },
    // Where no keys are set, none is needed: that is for one machine only.
    security: [{ key: [] }, { session: [] }, {}],
  };
}

const securitySchemes: Json = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of `gondola keys create`, or a token of OpenID Connect',
  },
  session: { type: 'apiKey', in: 'cookie', name: 'gondola_session_<environment>' },
};

/** `/a/:b` -> `/a/{b}`. */
const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function operationOf(route: Route): Json {
  const { method, path, tag, summary, body } = route;
  return {
    operationId: operationIdOf(method, path),
    tags: [tag],
    summary,
    parameters: [...pathParameters(path), ...queryParameters(route.query)],
    ...(body && { requestBody: { required: true, ...contentOf('application/json', bodyOf(body)) } }),
    responses: responsesOf(route),
  };
}

/** `GET /signals/:id` -> `getSignalsId`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/\W+/).filter((word) => word !== '');
  return [method, ...words.map((word) => word[0].toUpperCase() + word.slice(1))].join('');
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
  }));
}

/** As a client writes it, before it is parsed. */
function schemaOf(schema: z.ZodObject) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

const bodyOf = (body: z.ZodObject | string): unknown =>
  typeof body === 'string' ? { type: 'object', description: body } : schemaOf(body);

function responsesOf({ answers, needsLake = false, refusals = [] }: Route): Json {
  const given = Object.entries(answers).map(([status, answer]) => [status, responseOf(status, answer)]);
  const refused = [...refusals, ...REFUSALS_OF_ALL]
    .filter((status) => !(status in answers))
    .map((status) => [String(status), { ...described(String(status)), ...problem }]);
  if (needsLake) refused.push(['503', { description: UNTIL_READ, ...problem }]);
  return Object.fromEntries([...given, ...refused]) as Json;
}

function responseOf(status: string, answer: Answer): Json {
  if (answer === null) return described(status);
  if (typeof answer === 'string')
    return { ...described(status), ...contentOf('application/json', reference(answer)) };
  if ('json' in answer)
    return { description: answer.json, ...contentOf('application/json', { description: answer.json }) };
  return { ...described(status), ...contentOf(answer.mediaType, { type: 'string' }) };
}

const described = (status: string) => ({ description: STATUS_CODES[status] ?? status });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const contentOf = (mediaType: string, schema: unknown) => ({ content: { [mediaType]: { schema } } });
const problem = contentOf(PROBLEM_TYPE, reference('Problem'));

/** The tests hold answers against closed schemas; a client must not refuse a field that it does not know yet. */
function openToNewFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openToNewFields);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, content]) => name !== 'additionalProperties' || content !== false,
  );
  return Object.fromEntries(entries.map(([name, content]) => [name, openToNewFields(content)]));
}
