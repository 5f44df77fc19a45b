// The definitions of the kinds that the chart uses and Kubernetes does not have, as their own projects publish them in
// their Go modules. What is for people to read and older versions are left out, so that the files stay small.
// Run `node test/kubernetes/crds/make.mjs` after a version here was changed; it needs go and its module proxy.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const SOURCES = [
  {
    // The newest of which the whole module is to be had. Fields were only added since.
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
    names: ['monitoring.coreos.com_servicemonitors', 'monitoring.coreos.com_prometheusrules'],
  },
  {
    module: 'github.com/kedacore/keda/v2@v2.21.0',
    folder: 'config/crd/bases',
    names: ['keda.sh_scaledobjects', 'keda.sh_triggerauthentications'],
  },
  {
    module: 'github.com/external-secrets/external-secrets@v1.3.2',
    folder: 'config/crds/bases',
    names: ['external-secrets.io_externalsecrets'],
  },
  {
    module: 'sigs.k8s.io/gateway-api@v1.6.3',
    folder: 'config/crd/standard',
    names: ['gateway.networking.k8s.io_httproutes'],
  },
];

for (const { module, folder, names } of SOURCES) {
  // Outside of any module of ours: go then asks for this version alone.
  const told = execFileSync('go', ['mod', 'download', '-json', module], { cwd: '/', encoding: 'utf8' });
  for (const name of names) {
    const made = parse(readFileSync(join(JSON.parse(told).Dir, folder, `${name}.yaml`), 'utf8'));
    const text = stringify(slim(made), { lineWidth: 0 });
    writeFileSync(join(import.meta.dirname, `${name}.yaml`), `# Made by make.mjs of ${module}.\n${text}`);
  }
}

function slim({ apiVersion, kind, metadata, spec }) {
  const [newest] = spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => name)
    .sort(byAge);
  const versions = spec.versions
    .filter(({ name }) => name === newest)
    .map((version) => ({ ...withoutWords(version), storage: true }));
  const { group, names, scope } = spec;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key === 'api-approved.kubernetes.io'),
  );
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, annotations },
    spec: { group, names, scope, versions },
  };
}

/** v1 comes before v1beta1: it is the later of the two. */
function byAge(a, b) {
  return a.length - b.length || b.localeCompare(a);
}

/** A field of an object may be named description too: that one is a schema, not a text. */
function withoutWords(value) {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    ([key, part]) =>
      !(key === 'description' && typeof part === 'string') && key !== 'additionalPrinterColumns',
  );
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutWords(part)]));
}
