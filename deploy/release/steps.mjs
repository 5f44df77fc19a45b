/** What is done to an environment, as commands of helm: made here, run by release.mjs, so that they can be read before. */

export const RELEASE = 'gondola';
const ENVIRONMENTS = ['dev', 'qa', 'prod'];
/** Where a release has to run before it may come here. */
export const BEFORE = { qa: 'dev', prod: 'qa' };
/** After a pause the line has to read what came meanwhile before the stream forgets it. */
const CATCH_UP_SHARE = 1.25;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const CHART_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** What was asked for cannot be done; the sentence says why and what would be needed. */
export class Refused extends Error {}

export const namespaceOf = (environment) => `gondola-${environment}`;

export function requireEnvironment(environment) {
  if (ENVIRONMENTS.includes(environment)) return environment;
  throw new Refused(`--environment is one of ${ENVIRONMENTS.join(', ')}; it was ${environment}`);
}

/** What runs, or is to run: images by digest, the chart by version. */
export function requireRelease({ image, trainer, chart }) {
  for (const [name, digest] of Object.entries({ image, trainer }))
    if (!DIGEST.test(digest ?? ''))
      throw new Refused(`--${name} is a digest, sha256: and 64 hex digits, never a tag; it was ${digest}`);
  if (!CHART_VERSION.test(chart ?? ''))
    throw new Refused(`--chart is a version of the chart; it was ${chart}`);
  return { image, trainer, chart };
}

/**
 * The chart is unpacked first: values of its environments are in it, so that one version of it is what was tried, values and all.
 * `values`: a file of one's own, laid over them. Fails as a whole: helm goes back to what was.
 */
export function deploySteps({ environment, image, trainer, chart, charts, registry, folder, values }) {
  const unpacked = `${folder}/gondola`;
  return [
    ['pull', `${charts}/gondola`, '--version', chart, '--untar', '--untardir', folder],
    [
      ...['upgrade', '--install', RELEASE, unpacked, '--namespace', namespaceOf(environment)],
      ...['--values', `${unpacked}/values-${environment}.yaml`, ...(values ? ['--values', values] : [])],
      ...['--set', `image.repository=${registry}/gondola`, '--set', `image.digest=${image}`],
      ...[
        '--set',
        `trainerImage.repository=${registry}/gondola-trainer`,
        '--set',
        `trainerImage.digest=${trainer}`,
      ],
      ...['--atomic', '--timeout', '15m', '--history-max', '20'],
    ],
    testStep(environment),
  ];
}

/** Back to a revision of before, the last one when none is said. Lake and streams are left as they are. */
export function rollbackSteps({ environment, revision }) {
  if (revision !== undefined && !/^[1-9]\d*$/.test(revision))
    throw new Refused(`--revision is a number that helm history shows; it was ${revision}`);
  const back = [
    'rollback',
    RELEASE,
    ...(revision ? [revision] : []),
    '--namespace',
    namespaceOf(environment),
  ];
  return [[...back, '--wait', '--timeout', '15m'], testStep(environment)];
}

/** What comes during a pause waits in the stream, so that has to keep it for longer than the pause and the reading after it. */
export function requirePause({ environment, hours, retentionHours }) {
  if (environment === 'prod') throw new Refused('prod is not paused');
  if (!(hours > 0) || !(retentionHours > 0))
    throw new Refused(
      '--hours and --retention-hours are numbers above 0: how long, and how long the stream keeps records',
    );
  const needed = hours * CATCH_UP_SHARE;
  if (needed > retentionHours)
    throw new Refused(
      `the stream keeps records for ${retentionHours} h, a pause of ${hours} h needs ${needed}: they would be forgotten unread. ` +
        'Let the stream keep them for longer, or pause for less',
    );
}

/** No instance and no task, until `resume`. */
export const pauseSteps = (release) => [setPaused(release, true)];

export const resumeSteps = (release) => [setPaused(release, false), testStep(release.environment)];

const setPaused = ({ environment, chart, charts }, paused) => [
  ...['upgrade', RELEASE, `${charts}/gondola`, '--version', chart, '--namespace', namespaceOf(environment)],
  ...['--reuse-values', '--set', `paused=${paused}`, '--atomic', '--timeout', '15m'],
];

const testStep = (environment) => [
  'test',
  RELEASE,
  '--namespace',
  namespaceOf(environment),
  '--logs',
  '--timeout',
  '5m',
];

/** What helm says of a release, as it should be followed by the next environment. Refused when it proves nothing. */
export function releasedOf(environment, { status, metadata }) {
  const where = `${RELEASE} in ${namespaceOf(environment)}`;
  const { info, config = {}, hooks = [] } = status;
  if (info.status !== 'deployed') throw new Refused(`${where} is ${info.status}, not deployed`);
  if (config.paused) throw new Refused(`${where} is paused: what does not run proves nothing`);
  const since = Date.parse(info.last_deployed);
  const tests = hooks.filter(({ kind, events }) => kind === 'Pod' && events.includes('test'));
  const isPassed = ({ last_run: { phase, completed_at: at } }) =>
    phase === 'Succeeded' && Date.parse(at) >= since;
  if (tests.length === 0 || !tests.every(isPassed))
    throw new Refused(`${where} has not passed helm test since it was deployed`);
  return requireRelease({
    image: config.image?.digest,
    trainer: config.trainerImage?.digest,
    chart: metadata.version,
  });
}
