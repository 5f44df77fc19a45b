// Run by `helm test`: node health.mjs ENVIRONMENT URL... Exits 1 unless every service is ready and of this environment.
const [environment, ...services] = process.argv.slice(2);
// Less than the pod's activeDeadlineSeconds, so that there is a log to read.
const endMs = Date.now() + Number(process.env.DEADLINE_MS ?? 120_000);

/** What is wrong with a service; `isFinal` where waiting does not mend it. */
async function faultOf(service) {
  const options = { signal: AbortSignal.timeout(5_000) };
  const ready = await fetch(`${service}/health/ready`, options);
  if (ready.status !== 200) return { why: `is not ready: ${await ready.text()}` };
  const metrics = await (await fetch(`${service}/metrics`, options)).text();
  const build = /^gondola_build_info\{.*\} 1$/m.exec(metrics)?.[0] ?? '/metrics does not say what it is';
  if (build.includes(`environment="${environment}"`)) return null;
  return { why: `is not of ${environment}: ${build}`, isFinal: true };
}

async function lineOf(service) {
  for (;;) {
    const fault = await faultOf(service).catch((error) => ({ why: `does not answer: ${error.message}` }));
    if (!fault) return `ok   ${service}`;
    if (fault.isFinal || Date.now() > endMs) return `BAD  ${service} ${fault.why}`;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

const lines = await Promise.all(services.map(lineOf));
console.log(lines.join('\n'));
process.exitCode = lines.some((line) => line.startsWith('BAD')) ? 1 : 0;
