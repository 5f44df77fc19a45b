// `npm run openapi`: the JSON Schemas of what the api answers, from its own types and their comments.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const api = join(import.meta.dirname, '..');
const target = join(api, 'src/openapi/generated/answer-schemas.ts');

/** Text of `answer-schemas.ts` as the types are now. The libraries must be built: theirs are read from `dist`. */
export async function answerSchemasText(): Promise<string> {
  const { definitions = {} } = createGenerator({
    path: join(api, 'src/openapi/answers.ts'),
    tsconfig: join(api, 'tsconfig.json'),
    type: 'Answers',
    expose: 'export',
    // The build has checked them.
    skipTypeCheck: true,
  }).createSchema('Answers');
  delete definitions['Answers'];
  const schemas = JSON.stringify(sorted(definitions)).replaceAll('#/definitions/', '#/components/schemas/');
  const text = `// Made by \`npm run openapi\` from the types in answers.ts.
    /** Name -> JSON Schema. What is not named there is not answered. */
    export const ANSWER_SCHEMAS: Readonly<Record<string, object>> = ${schemas};`;
  return format(text, { ...(await resolveConfig(target)), parser: 'typescript' });
}

const sorted = (object: object) =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Text of the file that is there. */
export const answerSchemasFile = (): string => readFileSync(target, 'utf8');

if (import.meta.main) writeFileSync(target, await answerSchemasText());
