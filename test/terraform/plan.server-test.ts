import { parse } from 'yaml';
import { environmentsInAccount } from '../../libs/config/src/environment/names.js';
import { ENVIRONMENTS, render, type Rendered, type Values } from '../kubernetes/chart.js';
import { PROMISES } from '../kubernetes/promises/all.js';
import { describeWith } from '../kubernetes/tools.js';
import { describeWithTerraform, TerraformCopy, type Said } from './terraform.js';

const CLOUDS = ['aws', 'azure'] as const;
type Cloud = (typeof CLOUDS)[number];

const MSK = [
  ...['-var=broker=msk', '-var=partitions=12'],
  '-var=msk={kafka_version="4.0.x",instance_type="kafka.m7g.large",brokers=3,volume_gib=500,volume_gib_max=2000,' +
    'vpc_id="vpc-1",subnet_ids=["a","b","c"],client_security_group_ids=["sg-1"]}',
];
const CASES = [
  ...CLOUDS.flatMap((cloud) =>
    ENVIRONMENTS.map((environment) => ({ cloud, environment, title: 'as it is', args: [] })),
  ),
  { cloud: 'aws', environment: 'prod', title: 'MSK', args: MSK },
] as const;

/** Terraform itself takes a second or two for each; a busy machine more. */
const RUN_MS_MAX = 120_000;

/** Prepared for Terraform: the state beside the text, modules found. */
function openCopy(cloud: Cloud): TerraformCopy {
  const copy = new TerraformCopy();
  copy.replace(`${cloud}/versions.tf`, `backend "${cloud === 'aws' ? 's3' : 'azurerm'}" {}`, '');
  const { status, said } = copy.run(cloud, 'get', '-no-color');
  if (status !== 0) throw new Error(said);
  return copy;
}

/** Plans as for an environment that has nothing yet, so that all that a cloud gives is unknown, and carries it out. */
const apply = (copy: TerraformCopy, cloud: Cloud, environment: string, args: readonly string[]): Said =>
  copy.run(
    cloud,
    ...[
      'apply',
      '-auto-approve',
      '-no-color',
      '-input=false',
      `-var-file=envs/${environment}.tfvars`,
      ...args,
    ],
  );

describeWithTerraform('with stand-ins for the providers, Terraform', 'stand-ins', () => {
  it.each(CLOUDS)(
    'finds %s valid',
    (cloud) => {
      using copy = openCopy(cloud);
      expect(copy.run(cloud, 'validate', '-no-color')).toMatchObject({ status: 0 });
    },
    RUN_MS_MAX,
  );

  describe.each(CASES)('makes $environment of $cloud, $title', ({ cloud, environment, args }) => {
    let values: Values;
    beforeAll(() => {
      using copy = openCopy(cloud);
      const { status, said } = apply(copy, cloud, environment, args);
      expect({ status, said }).toMatchObject({ status: 0 });
      expect(said).toMatch(/Apply complete! Resources: [4-9]\d added/);
      // What it warns of goes to standard output too.
      const outputs = copy.run(cloud, 'output', '-json').said;
      const { helm_values: text } = JSON.parse(outputs.slice(outputs.indexOf('{'))) as {
        helm_values: { value: string };
      };
      values = parse(text.value) as Values;
    }, RUN_MS_MAX);

    it('and says values of one environment', () => {
      expect(values).toMatchObject({ environment });
      const [, account] = /account=(\w+)/.exec(String(values['lake'])) ?? [];
      if (account !== undefined) expect(environmentsInAccount(account, ENVIRONMENTS)).toEqual([environment]);
    });

    describeWith(['helm'], 'and the chart', () => {
      it('takes the values, and keeps what it promises', () => {
        const rendered: Rendered = render(environment, {
          ...values,
          keda: { prometheusUrl: 'http://prometheus.monitoring:9090' },
        });
        const broken = PROMISES.flatMap((promise) => promise.broken(rendered));
        expect(broken).toEqual([]);
      });
    });
  });

  it.each([
    // Alone, a wrong type of `for_each` is seen in a plan only.
    ['aws', 'modules/ingestion/msk.tf', 'toset(var.broker', '(var.broker', /Invalid for_each argument/],
    // Names of what is not made yet must not decide how much is made.
    [
      'aws',
      'main.tf',
      'names[stream]',
      'names[stream == module.lake.bucket ? stream : stream]',
      /Invalid for_each|unknown/,
    ],
    ['aws', 'envs/prod.tfvars', 'event_retention_hours = 168', 'event_retention_hours = 24', /at least 168/],
    [
      'aws',
      'envs/prod.tfvars',
      'multi_region_key    = true',
      'multi_region_key    = false',
      /replica needs multi_region_key/,
    ],
    [
      'azure',
      'envs/prod.tfvars',
      'public_network_access = false',
      'public_network_access = true',
      /must be false here/,
    ],
    ['azure', 'envs/prod.tfvars', '"Premium"', '"Standard"', /sku must be Premium in prod/],
    ['azure', 'modules/lake/main.tf', 'access_tier ', 'access_tiers ', /Unsupported argument/],
  ] as const)(
    '%s refuses what is wrong in %s: %s',
    (cloud, file, from, to, why) => {
      using copy = openCopy(cloud);
      copy.replace(`${cloud}/${file}`, from, to);
      const { status, said } = copy.run(
        cloud,
        ...['plan', '-no-color', '-input=false', '-var-file=envs/prod.tfvars'],
      );
      expect(status).toBe(1);
      expect(said.replace(/\s+/g, ' ')).toMatch(why);
    },
    RUN_MS_MAX,
  );
});
