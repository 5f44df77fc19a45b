// Run by `helm test`: node health.mjs ENVIRONMENT URL... Exits 1 unless every service is ready and of this environment.
const [environment, ...services] = process.argv.slice(2);
const DEADLINE_MS = 120_000;
const endMs = Date.now() + DEADLINE_MS;

/** Why a service is not what it should be, or null. */
async function faultOf(service) {
  const options = { signal: AbortSignal.timeout(5_000) };
  const ready = await fetch(`${service}/health/ready`, options);
  if (ready.status !== 200) return `/health/ready says ${ready.status}: ${await ready.text()}`;
  const metrics = await (await fetch(`${service}/metrics`, options)).text();
  const build = /^gondola_build_info\{.*\} 1$/m.exec(metrics)?.[0];
  if (build === undefined) return '/metrics does not say what runs there';
  return build.includes(`environment="${environment}"`) ? null : `is not of ${environment}: ${build}`;
}

async function untilGood(service) {
  for (;;) {
    const fault = await faultOf(service).catch((error) => `does not answer: ${error.message}`);
    if (fault === null) return `ok   ${service}`;
    if (Date.now() > endMs) return `BAD  ${service} ${fault}`;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

const lines = await Promise.all(services.map(untilGood));
console.log(lines.join('\n'));
process.exitCode = lines.some((line) => line.startsWith('BAD')) ? 1 : 0;
