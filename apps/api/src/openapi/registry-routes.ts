import type { Route } from './route.js';

const SAME = "as the Confluent Schema Registry's HTTP interface has it";
const get = (path: string, summary: string, refusals: readonly number[] = [404]): Route => ({
  ...{ method: 'get', path, tag: 'registry', summary, refusals },
  answers: { 200: { json: SAME } },
});
const post = (path: string, summary: string, refusals: readonly number[]): Route => ({
  ...{ method: 'post', path, tag: 'registry', summary, refusals },
  body: `\`{"schema": "<text>", "schemaType": "AVRO"}\`, ${SAME}`,
  answers: { 200: { json: SAME } },
});

/** What clients of a schema registry ask; whose document describes the answers. */
export const REGISTRY_ROUTES: readonly Route[] = [
  get('/subjects', 'Names of contracts', []),
  get('/subjects/:subject/versions', 'Versions of a contract'),
  get('/subjects/:subject/versions/:version', 'The schema of a version', [404, 422]),
  get('/schemas/ids/:id', 'The schema of an id'),
  get('/schemas/ids/:id/versions', 'Where an id is known'),
  post('/subjects/:subject', 'Is this schema registered?', [404, 413, 422]),
  post('/subjects/:subject/versions', 'The id of a schema that is here; nothing is registered', [413, 422]),
  post('/compatibility/subjects/:subject/versions', 'May this schema be the next?', [413, 422]),
  post(
    '/compatibility/subjects/:subject/versions/:version',
    'May this schema follow that version?',
    [404, 413, 422],
  ),
  get('/config', 'What a contract that does not say otherwise has', []),
  get('/config/:subject', 'What a contract promises'),
];
