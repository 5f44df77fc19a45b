import type { Environment, Values } from './chart.js';

/** Values by which an environment reads another kind of stream than its own file says, with KEDA asking for the lag. */
export const STREAMS: Readonly<Record<string, (environment: Environment) => Values>> = {
  kafka: (environment) => ({
    ...lagDecides(4),
    stream: {
      ...streamOf('kafka', environment),
      kafka: {
        bootstrap: [`kafka-1.${environment}.example.org:9098`],
        tls: {},
        sasl: { mechanism: 'aws-msk-iam', region: 'eu-west-1' },
      },
    },
  }),
  kinesis: (environment) => ({
    ...lagDecides(4),
    stream: {
      ...streamOf('kinesis', environment),
      kinesis: { region: 'eu-west-1', leases: { tablePrefix: `acme-leases-${environment}-euw1-01-` } },
    },
    networkPolicy: brokerAt([443]),
    keda: { prometheusUrl: 'http://prometheus-operated.monitoring.svc:9090' },
  }),
  'event-hubs': (environment) => ({
    ...lagDecides(4),
    lake: `az://acme-lake-${environment}-weu-01/gondola?account=acmelake${environment}weu01`,
    stream: {
      ...streamOf('event-hubs', environment),
      eventHubs: {
        namespace: `acme-events-${environment}-weu-01.servicebus.windows.net`,
        checkpointStore: {
          container: `acme-state-${environment}-weu-01`,
          account: `acmestate${environment}`,
        },
      },
    },
    networkPolicy: brokerAt([443, 5671]),
    identity: { provider: 'azure' },
    ...Object.fromEntries(
      SERVICES.map((service) => [service, { ...scaled(service, 4), identity: azureIdentity(service) }]),
    ),
    upkeep: { identity: azureIdentity('upkeep') },
  }),
};

const SERVICES = ['ingest', 'detect', 'api', 'collector'];
const TASKS_TOO = [...SERVICES, 'upkeep'];
/** Of the account in Azure's directory that a service signs in as; its name there is not in it. */
const azureIdentity = (service: string) => ({
  roleArn: null,
  clientId: `11111111-2222-3333-4444-00000000000${TASKS_TOO.indexOf(service)}`,
});

const streamOf = (broker: string, environment: Environment) => ({
  broker,
  name: `acme-events-${environment}-euw1-01`,
  signals: `acme-signals-${environment}-euw1-01`,
  partitions: 4,
});

const brokerAt = (ports: readonly number[]) => ({
  destinations: { broker: { services: SERVICES, cidrs: ['10.60.0.0/16'], ports } },
});

const scaled = (service: string, max: number): Values =>
  service === 'ingest' || service === 'detect'
    ? { autoscaling: { mode: 'keda', minReplicas: 1, maxReplicas: max } }
    : {};

const lagDecides = (max: number): Values =>
  Object.fromEntries(['ingest', 'detect'].map((service) => [service, scaled(service, max)]));
