import type { MetricSpec } from '../metric-spec.js';

export const API_METRICS = {
  apiRequestDuration: {
    name: 'gondola_api_request_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from a request to the end of its answer; event streams are not counted',
    labels: ['method', 'route', 'status'],
    services: ['api'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    hasExemplars: true,
  },
  apiStreamClients: {
    name: 'gondola_api_stream_clients',
    kind: 'gauge',
    unit: 'clients',
    help: 'Clients that follow signals over server-sent events now',
    labels: [],
    services: ['api'],
  },
  apiStreamClientsDropped: {
    name: 'gondola_api_stream_clients_dropped_total',
    kind: 'counter',
    unit: 'clients',
    help: 'Clients dropped because they did not read',
    labels: [],
    services: ['api'],
  },
  apiRefusals: {
    name: 'gondola_api_refusals_total',
    kind: 'counter',
    unit: 'requests',
    help: 'Requests that were not let in: no key, a wrong one, another environment, too little scope, too many',
    labels: ['reason'],
    services: ['api'],
  },
} as const satisfies Record<string, MetricSpec>;
