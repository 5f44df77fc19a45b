/** Set where an organisation has other environments than these: comma-separated, in the place of them. */
const VARIABLE = 'GONDOLA_ENVIRONMENTS';
const DEFAULT = ['dev', 'qa', 'prod'];
/** Of one machine or of a trial; so is `dev`. A listed one is shared, whatever it is called. */
const TRIALS: readonly string[] = ['local', 'test', 'bench'];

/** The environments that are kept apart. */
export function knownEnvironments(
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const listed = (variables[VARIABLE] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const names = listed.filter((name) => name !== '');
  return names.length > 0 ? names : DEFAULT;
}

/** Whether every name has to carry the environment. Also of one that nobody listed: `production` is no toy. */
export const isStrict = (environment: string, known: readonly string[]): boolean =>
  environment !== 'dev' && (known.includes(environment) || !TRIALS.includes(environment));

/**
 * The environments that a name carries: each is a word of it, or words in a row (`prod-eu`); words are what stands between
 * anything but letters and digits. So `device-prodigy` carries none, and `acme-lake-prod-eu-01` the longer one where `prod` and
 * `prod-eu` are two.
 */
export function environmentsIn(name: string, known: readonly string[]): readonly string[] {
  const words = wordsOf(name);
  const byLength = [...new Set(known)]
    .map((environment) => ({ environment, parts: wordsOf(environment) }))
    .filter(({ parts }) => parts.length > 0)
    .sort((left, right) => right.parts.length - left.parts.length);
  const found: string[] = [];
  for (let at = 0; at < words.length;) {
    const here = byLength.find(({ parts }) => parts.every((part, index) => words[at + index] === part));
    if (here && !found.includes(here.environment)) found.push(here.environment);
    at += here?.parts.length ?? 1;
  }
  return found;
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** Short names of Azure's regions, as they end names of storage accounts. A region that is not here hides whose an account is. */
const REGION =
  '(?:weu|we|neu|ne|swec|swes|frc|frs|gwc|gn|szn|szw|chn|chw|noe|now|plc|itn|esc|spc|atc|bec|dkc|uks|ukw|' +
  'eus[23]?|wus[23]?|cus|ncus|scus|wcus|cac|cae|mxc|clc|brs|brse|qac|uaen|uaec|ilc|zan|zaw|san|saw|' +
  'ea|sea|aue|ause|auc2?|nzn|idc|myw|jpe|jpw|krc|krs|cin|sin|win|inc|ins|inw|cnn[23]?|cne2?)';

/** Of a storage account, whose name has no room for separators: `<org><service><env><region><suffix>`, such as acmelakeprodweu01. */
export function environmentsInAccount(account: string, known: readonly string[]): readonly string[] {
  return known.filter((environment) =>
    new RegExp(`${wordsOf(environment).join('')}${REGION}\\d{1,3}$`).test(account),
  );
}

/** Azure DevOps is called so in every environment. */
const VENDOR = /(^|\.)dev\.azure\.com$/;

/**
 * What may carry an environment of `host`, `host:port` or a URL: host and path, without the last label of several. That one is a
 * domain of the world, of which `dev`, `prod` and `qa` (Qatar) are three.
 */
export function nameInAddress(address: string): string {
  const [, host = '', path = ''] =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/?#@]*@)?([^/?#:]*)[^/?#]*([^?#]*)/i.exec(address) ?? [];
  const labels = host.toLowerCase().split('.');
  if (VENDOR.test(host.toLowerCase())) return path;
  return `${(labels.length > 1 ? labels.slice(0, -1) : labels).join('.')}${path}`;
}

/** What may carry one of a path of this machine: `/dev` holds devices. */
export const nameInPath = (path: string): string => path.replace(/^\/dev(?=\/|$)/, '');
