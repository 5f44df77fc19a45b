import { EVERY_SERVICE, type MetricSpec } from '../metric-spec.js';

/** What every process says of itself, and what its lake costs. */
export const PROCESS_METRICS = {
  buildInfo: {
    name: 'gondola_build_info',
    kind: 'gauge',
    unit: 'boolean',
    help: '1: which version runs in which environment',
    labels: ['version', 'environment'],
    services: EVERY_SERVICE,
  },
  certificateExpiry: {
    name: 'gondola_certificate_expiry_timestamp_seconds',
    kind: 'gauge',
    unit: 'seconds since 1970',
    help: 'When the certificate of a file that the configuration names ends; of a file with several, the one that ends first',
    labels: ['file'],
    services: EVERY_SERVICE,
  },
  lakeRequests: {
    name: 'gondola_lake_requests_total',
    kind: 'counter',
    unit: 'requests',
    help: 'Requests to the store of the lake, those that failed included: a put makes an object',
    labels: ['operation'],
    services: EVERY_SERVICE,
  },
  lakeBytes: {
    name: 'gondola_lake_bytes_total',
    kind: 'counter',
    unit: 'bytes',
    help: 'Bytes of objects read from the lake and written to it',
    labels: ['direction'],
    services: EVERY_SERVICE,
  },
} as const satisfies Record<string, MetricSpec>;
