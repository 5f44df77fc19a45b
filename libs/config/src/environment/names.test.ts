import fc from 'fast-check';
import {
  environmentsIn,
  environmentsInAccount,
  isStrict,
  knownEnvironments,
  nameInAddress,
  nameInPath,
} from './names.js';

const KNOWN = ['dev', 'qa', 'prod'];

it.each<[string, string[]]>([
  ['acme-lake-prod-euw1-01', ['prod']],
  ['acme_lake_prod_euw1_01', ['prod']],
  ['alias/acme-keys-QA-euw1-01', ['qa']],
  ['events.dev', ['dev']],
  ['prod', ['prod']],
  ['dev-to-prod', ['dev', 'prod']],
  ['prod/prod', ['prod']],
  // Words that only look like one.
  ['device-prodigy', []],
  ['prod2-events', []],
  ['eventsprod', []],
  ['qatar', []],
  ['', []],
])('%s carries %j', (name, carried) => {
  expect(environmentsIn(name, KNOWN)).toEqual(carried);
});

it.each<[string, string[]]>([
  ['acme-lake-prod-eu-01', ['prod-eu']],
  ['acme-lake-prod-us-01', ['prod']],
  ['acme-lake-eu-prod', ['prod']],
])('with prod and prod-eu, %s carries %j', (name, carried) => {
  expect(environmentsIn(name, ['prod', 'prod-eu'])).toEqual(carried);
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/).filter((text) => !KNOWN.includes(text));
const separator = fc.constantFrom('-', '_', '.', '/', ':');

it('is found wherever it stands as a word, whatever separates, and never within one', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 4 }),
      fc.array(word, { maxLength: 4 }),
      separator,
      fc.constantFrom(...KNOWN),
      (before, after, between, environment) => {
        const carrying = [...before, environment, ...after].join(between);
        expect(environmentsIn(carrying, KNOWN)).toEqual([environment]);
        expect(environmentsIn(carrying.toUpperCase(), KNOWN)).toEqual([environment]);
        expect(environmentsIn([...before, ...after].join(between), KNOWN)).toEqual([]);
        expect(environmentsIn([...before, `x${environment}`, ...after].join(between), KNOWN)).toEqual([]);
      },
    ),
  );
});

it.each<[string, string[]]>([
  ['acmelakeprodweu01', ['prod']],
  ['acmelakedevneu1', ['dev']],
  ['acmelakeprodaue01', ['prod']],
  ['acmelakeqauaen01', ['qa']],
  ['devicelake01', []],
  ['mydevice01', []],
  ['prodigyshops', []],
  ['acmelakeprod', []],
])('the storage account %s carries %j', (account, carried) => {
  expect(environmentsInAccount(account, KNOWN)).toEqual(carried);
});

it.each<[string, string[]]>([
  ['kafka-1.prod.acme.com:9092', ['prod']],
  ['https://registry-qa.acme.com/apis', ['qa']],
  ['https://registry.acme.com/contexts/.dev/', ['dev']],
  ['http://apicurio.gondola-qa.svc.cluster.local:8080', ['qa']],
  ['http://user:dev@kafka.acme.com', []],
  // Domains of the world, and a vendor's.
  ['https://registry.acme.dev', []],
  ['https://kafka.acme.qa:9092', []],
  ['https://pkgs.dev.azure.com/acme', []],
  ['https://dev.azure.com/prod/x', ['prod']],
  ['localhost:9092', []],
  ['qa:9092', ['qa']],
])('the address %s carries %j', (address, carried) => {
  expect(environmentsIn(nameInAddress(address), KNOWN)).toEqual(carried);
});

it('a path is of no environment for lying on a device', () => {
  expect(environmentsIn(nameInPath('/dev/shm/lake'), KNOWN)).toEqual([]);
  expect(environmentsIn(nameInPath('/mnt/dev/lake'), KNOWN)).toEqual(['dev']);
});

it.each<[string, string | undefined, boolean]>([
  ['dev', undefined, false],
  ['local', undefined, false],
  ['qa', undefined, true],
  ['prod', undefined, true],
  ['production', undefined, true],
  ['test', undefined, false],
  ['test', 'dev, Test, prod', true],
  ['dev', 'dev,prod', false],
])('%s with %s is strict: %s', (environment, listed, strict) => {
  expect(isStrict(environment, knownEnvironments({ GONDOLA_ENVIRONMENTS: listed }))).toBe(strict);
});
