import { availabilityQuery } from '../shelves/availability.controller.js';
import { briefQuery } from '../brief/brief.controller.js';
import { insightsQuery } from '../insights/insights.controller.js';
import { checksQuery } from '../loop/checks.controller.js';
import { explainBody } from '../explain/explain-request.js';
import { kpisQuery } from '../loop/kpis.controller.js';
import { verdictBody, verdictsQuery } from '../loop/verdict-request.js';
import { columnQuery, lineageQuery } from '../lineage/lineage.controller.js';
import { listQuery, replayBody } from '../quarantine/request.js';
import { overviewQuery } from '../overview/overview.controller.js';
import { tasksQuery } from '../tasks/tasks.controller.js';
import {
  incidentsQuery,
  qualityQuery,
  shelvesQuery,
  signalsQuery,
  storeShelvesQuery,
  storesQuery,
  streamQuery,
} from '../request.js';
import { ACCESS_ROUTES } from './access-routes.js';
import { REGISTRY_ROUTES } from './registry-routes.js';
import type { Route } from './route.js';

const SIGNALS: readonly Route[] = [
  {
    ...{ method: 'get', path: '/signals', tag: 'signals', query: signalsQuery },
    summary: 'Signals, newest first, by store, item, kind and time',
    answers: { 200: 'SignalsPage' },
  },
  {
    ...{ method: 'get', path: '/signals/stream', tag: 'signals', query: streamQuery },
    summary:
      'Each signal as it becomes known: server-sent events `signal` with a NamedSignal as data, and `reset` when `Last-Event-ID` is too long ago',
    answers: { 200: { mediaType: 'text/event-stream' } },
    refusals: [503],
  },
  {
    ...{ method: 'get', path: '/signals/:id', tag: 'signals' },
    summary: 'One signal with its receipt: what it was made from, enough to make it again',
    answers: { 200: 'NamedSignal' },
    refusals: [404],
  },
  {
    ...{ method: 'get', path: '/incidents', tag: 'signals', query: incidentsQuery },
    summary: 'What concerns a whole store, feed or item: one line instead of many signals',
    answers: { 200: 'IncidentsAnswer' },
  },
  {
    ...{ method: 'get', path: '/incidents/:id', tag: 'signals' },
    summary: 'One incident',
    answers: { 200: 'IncidentView' },
    refusals: [404],
  },
];

const SHELVES: readonly Route[] = [
  {
    ...{ method: 'get', path: '/shelves', tag: 'shelves', query: shelvesQuery },
    summary: 'Open shelves, those that lose most first',
    answers: { 200: 'ShelvesAnswer' },
  },
  {
    ...{ method: 'get', path: '/shelves/:store/:item', tag: 'shelves' },
    summary: 'One shelf and its history',
    answers: { 200: 'ShelfView' },
    refusals: [404],
  },
  {
    ...{ method: 'get', path: '/stores', tag: 'shelves', query: storesQuery },
    summary: 'Stores and what is open in each',
    answers: { 200: 'StoresAnswer' },
  },
  {
    ...{ method: 'get', path: '/stores/:store/shelves', tag: 'shelves', query: storeShelvesQuery },
    summary: 'Every shelf of a store that signals speak of, the open ones first',
    answers: { 200: 'StoreShelvesAnswer' },
  },
  {
    ...{ method: 'get', path: '/availability', tag: 'shelves', query: availabilityQuery },
    summary: 'What a web page or a picker may say of items in a store, in the words of schema.org',
    answers: { 200: 'AvailabilityAnswer' },
  },
];

const PEOPLE: readonly Route[] = [
  {
    ...{ method: 'get', path: '/tasks', tag: 'people', query: tasksQuery },
    summary: 'Shelves of a store to look at in this shift, at most ten, what saves most a minute first',
    answers: { 200: 'TasksAnswer' },
  },
  {
    ...{ method: 'get', path: '/verdicts', tag: 'people', query: verdictsQuery },
    summary: 'What people who looked said of signals and checks',
    answers: { 200: 'VerdictsAnswer' },
  },
  {
    ...{ method: 'post', path: '/verdicts', tag: 'people', body: verdictBody },
    summary: 'Say what stands on a shelf, or take it back (`UNDO`); the same `eventId` counts once',
    answers: { 200: 'VerdictView', 202: 'VerdictView' },
    refusals: [401, 409, 413, 415, 422, 503],
  },
  {
    ...{ method: 'get', path: '/checks', tag: 'people', query: checksQuery },
    summary: 'Shelves of a store drawn by lot for a look today: what was missed is told from them',
    answers: { 200: 'ChecksAnswer' },
    refusals: [503],
  },
  {
    ...{ method: 'get', path: '/kpis', tag: 'people', query: kpisQuery },
    summary: 'Numbers of a period: precision with its interval, recall, times, what signals brought',
    answers: { 200: 'LoopNumbers' },
  },
  {
    ...{ method: 'get', path: '/insights', tag: 'people', query: insightsQuery },
    summary:
      'Availability, lost sales, times and causes of a period, whole and by store, category, city or time',
    answers: { 200: 'InsightsAnswer' },
    refusals: [404, 503],
  },
  {
    ...{ method: 'get', path: '/brief', tag: 'people', query: briefQuery },
    summary:
      "One store's morning: what yesterday lost, what comes back, today's risks by hour, what was closed; ten lines as `text/plain` with `format=text` or `Accept: text/plain`",
    answers: { 200: 'BriefAnswer' },
    refusals: [404, 503],
  },
];

const ANSWERS: readonly Route[] = [
  {
    ...{ method: 'post', path: '/rag/explain', tag: 'answers', body: explainBody, needsLake: true },
    summary:
      'A question in Spanish or English, answered from rows, contracts and runbooks that each sentence cites',
    answers: { 200: 'ExplainAnswer' },
    refusals: [413, 415, 429, 503],
  },
  {
    ...{ method: 'get', path: '/rag/documents/:id', tag: 'answers' },
    summary: 'A contract or runbook as answers quote it',
    answers: { 200: 'DocumentView' },
    refusals: [404],
  },
];

const EVENTS: readonly Route[] = [
  {
    ...{ method: 'get', path: '/lineage', tag: 'events', query: lineageQuery },
    summary: 'Tables with their streams, contracts, versions, positions and last commits, from their logs',
    answers: { 200: 'LineageAnswer' },
    refusals: [503],
  },
  {
    ...{ method: 'get', path: '/lineage/columns', tag: 'events', query: columnQuery },
    summary: 'From a column back to the fields of events that it is made from, and how they are masked',
    answers: { 200: 'ColumnLineage' },
    refusals: [404, 503],
  },
  {
    ...{ method: 'get', path: '/quality', tag: 'events', query: qualityQuery, needsLake: true },
    summary: 'How good the events of each source were, by hour',
    answers: { 200: 'QualityPage' },
  },
  {
    ...{ method: 'get', path: '/quarantine', tag: 'events', query: listQuery },
    summary: 'Records that were refused, grouped by reason, newest rows first; nothing personal is shown',
    answers: { 200: 'QuarantinePage' },
    refusals: [503],
  },
  {
    ...{ method: 'get', path: '/quarantine/:stream/:partition/:position', tag: 'events' },
    summary: 'One refused record in words, masked',
    answers: { 200: 'ShownRow' },
    refusals: [404, 503],
  },
  {
    ...{ method: 'get', path: '/quarantine/replays', tag: 'events' },
    summary: 'Replays of this process',
    answers: { 200: 'ReplaysAnswer' },
  },
  {
    ...{ method: 'get', path: '/quarantine/replays/:id', tag: 'events' },
    summary: 'How far a replay is',
    answers: { 200: 'ReplayView' },
    refusals: [404],
  },
  {
    ...{ method: 'post', path: '/quarantine/replays', tag: 'events', body: replayBody },
    summary: 'Judge refused records again; changes nothing unless `dryRun` is false',
    answers: { 202: 'ReplayView' },
    refusals: [401, 409, 413, 415],
  },
];

const BOARD: readonly Route[] = [
  {
    ...{ method: 'get', path: '/overview', tag: 'board', query: overviewQuery, needsLake: true },
    summary:
      'What is lost now, of all stores or of one, with its interval and a week ago; time to fix; how fresh each source is',
    answers: { 200: 'OverviewAnswer' },
  },
  {
    ...{ method: 'get', path: '/pipeline', tag: 'board', needsLake: true },
    summary: 'What comes in, how fast and how late',
    answers: { 200: 'PipelineAnswer' },
  },
  {
    ...{ method: 'get', path: '/', tag: 'board', summary: 'The live board' },
    answers: { 200: { mediaType: 'text/html; charset=utf-8' } },
  },
  {
    ...{ method: 'get', path: '/board/info', tag: 'board', summary: 'The top strip of the board' },
    answers: { 200: 'BoardInfo' },
  },
  {
    ...{ method: 'get', path: '/board/:file', tag: 'board', summary: 'A file of the board' },
    answers: { 200: { mediaType: 'text/javascript; charset=utf-8' } },
    refusals: [404],
  },
];

const OPERATIONS: readonly Route[] = [
  {
    ...{ method: 'get', path: '/openapi.json', tag: 'operations', summary: 'This document' },
    answers: { 200: { json: 'OpenAPI 3.1' } },
  },
  {
    ...{ method: 'get', path: '/health/live', tag: 'operations', summary: 'The process answers' },
    answers: { 200: { json: '`{"status":"live"}`' } },
  },
  {
    ...{ method: 'get', path: '/health', tag: 'operations', summary: 'The same as `/health/ready`' },
    answers: { 200: 'Readiness', 503: 'Readiness' },
  },
  {
    ...{ method: 'get', path: '/health/ready', tag: 'operations' },
    summary: 'Whether all services of the process are well, with the state of each',
    answers: { 200: 'Readiness', 503: 'Readiness' },
  },
  {
    ...{ method: 'get', path: '/metrics', tag: 'operations', summary: 'Metrics for Prometheus' },
    answers: { 200: { mediaType: 'text/plain; version=0.0.4; charset=utf-8' } },
  },
];

const ofLake = (routes: readonly Route[]): readonly Route[] =>
  routes.map((route) => ({ ...route, needsLake: true }));

/** Every route of the api but those of log levels, which answer who is on the machine only. */
export const ROUTES: readonly Route[] = [
  ...ofLake([...SIGNALS, ...SHELVES, ...PEOPLE]),
  ...ANSWERS,
  ...EVENTS,
  ...REGISTRY_ROUTES,
  ...BOARD,
  ...ACCESS_ROUTES,
  ...OPERATIONS,
];

/** Those that answer nothing before the lake was read. */
export const LAKE_PATHS: ReadonlySet<string> = new Set(
  ROUTES.filter(({ needsLake }) => needsLake).map(({ path }) => path),
);
