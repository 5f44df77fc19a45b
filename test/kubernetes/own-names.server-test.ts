import { parseConfig } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { template, type Values } from './chart.js';
import { STREAMS } from './streams.js';
import { describeWith } from './tools.js';

const LAKE = 's3://acme-lake-prod-euw1-01/gondola';
const NAMES = { name: 'acme-events-prod-euw1-01', signals: 'acme-signals-prod-euw1-01' };
const KAFKA = { broker: 'kafka', ...NAMES, bootstrap: ['kafka:9098'] };

interface Told {
  readonly title: string;
  readonly chart: Values;
  readonly service: object;
}
const lake = (address: string): Told => ({
  title: address,
  chart: { lake: address },
  service: { lake: address },
});
const topic = (name: string): Told => ({
  title: `the stream ${name}`,
  chart: { stream: { name } },
  service: { stream: { ...KAFKA, name } },
});
const brokers = (...bootstrap: string[]): Told => ({
  title: `brokers at ${bootstrap.join(', ')}`,
  chart: { stream: { kafka: { bootstrap } } },
  service: { stream: { ...KAFKA, bootstrap } },
});
function leases(value: unknown): Told {
  const kinesis = { region: 'eu-west-1', leases: value };
  const values = STREAMS['kinesis']?.('prod') ?? {};
  const alone = value === 'none' ? { autoscaling: { mode: 'none' }, replicas: 1 } : {};
  return {
    title: `leases of Kinesis ${JSON.stringify(value) ?? 'not set'}`,
    chart: {
      ...{ ...values, stream: { ...(values['stream'] as object), kinesis } },
      ...(value === 'none' ? { ingest: alone, detect: alone } : {}),
    },
    service: { stream: { broker: 'kinesis', ...NAMES, ...kinesis } },
  };
}

/** Values of prod: whose a name is, as the chart and the services see it. */
const CASES: readonly (readonly [told: Told, isTaken: boolean])[] = [
  [lake('s3://retail-lake/PROD_1'), true],
  [lake('s3://retail-lake/prod?region=eu-west-1'), true],
  [lake('s3://retail-lake/gondola?region=eu-west-1'), false],
  [lake('s3://acme-lake-qa-euw1-01/prod'), false],
  [lake('az://lake/x?account=acmelakeprodweu01'), true],
  [lake('az://lake?endpoint=https://prod.acme.com'), true],
  [lake('az://acme-lake-dev-weu-01?account=acmelakeprodweu01'), false],
  [topic('orders.prod'), true],
  [topic('prodigy-events'), false],
  [topic('prod-to-dev'), false],
  [topic('events'), false],
  [brokers('kafka-1.acme.dev:9098'), true],
  [brokers('kafka-1.prod.acme.com:9098', 'kafka:9098'), true],
  [brokers('kafka-1.dev.acme.com:9098'), false],
  [leases({ tablePrefix: 'acme-leases-prod-' }), true],
  [leases('none'), true],
  [leases({ failoverMs: 20_000 }), false],
  [leases(undefined), false],
];

describeWith(['helm'], 'whose a name is', () => {
  it.each(CASES.map(([told, isTaken]) => ({ ...told, isTaken })))(
    '$title: the chart and the services say the same',
    ({ chart, service, isTaken }) => {
      const config = {
        environment: 'prod',
        lake: LAKE,
        stream: KAFKA,
        masking: { keyFile: '/x' },
        ...service,
      };
      const start = () => parseConfig('ingest', ingestConfigSchema, config);
      if (isTaken) expect(start).not.toThrow();
      else expect(start).toThrow(expect.objectContaining({ code: 'environment_mismatch' }));
      const { code, stderr } = template('prod', chart);
      expect({ isTaken: code === 0, stderr }).toEqual({
        isTaken,
        stderr: isTaken ? '' : expect.stringMatching(/ is of | does not say that it is of /),
      });
    },
  );
});
