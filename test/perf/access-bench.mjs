/**
 * npm run bench -- access
 * CPU of the gate that each request of the api passes, in microseconds: the median of 5 runs, for each way to say who asks. In this
 * process, without HTTP.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyIdOf, mintKey } from '@gondola/access';
import { apiConfigSchema } from '@gondola/api';
import { silentLog, systemClock } from '@gondola/stream';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAccess } from '../../apps/api/dist/access/create-access.js';
import { median } from './bench-tools.mjs';

const RUNS = 5;
const REQUESTS = 20_000;
const TOKENS = 3_000;
const MANY = 1e9;
const ISSUER = 'https://id.example.org';

const folder = mkdtempSync(join(tmpdir(), 'gondola-access-'));
const reply = { header: () => reply, code: () => reply, send: () => reply };

function accessOf(access) {
  const rates = { requestsPerSecond: MANY, environmentRequestsPerSecond: MANY };
  const { access: config } = apiConfigSchema.parse({
    environment: 'dev',
    lake: folder,
    access: { ...rates, ...access },
  });
  return createAccess(config, {
    ...{ environment: 'dev', clock: systemClock, log: silentLog, auditLog: silentLog },
    ...{ sessionSecret: null, fileTokens: [], onRefused() {} },
  });
}

async function measure(name, { gate }, headers, requests = REQUESTS) {
  const ask = () =>
    gate.admit(
      {
        ...{ raw: {}, headers: { host: '127.0.0.1:8080', ...headers }, method: 'GET', url: '/signals' },
        ...{ ip: '127.0.0.1', routeOptions: { url: '/signals', config: {} } },
      },
      reply,
    );
  const took = [];
  for (let run = 0; run <= RUNS; run++) {
    const before = process.cpuUsage();
    for (let asked = 0; asked < requests; asked++) await ask();
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / requests);
  }
  // The first one warms up.
  console.log(`${name.padEnd(24)} ${median(took.slice(1)).toFixed(1)} µs`);
}

function callers(count) {
  const made = Array.from({ length: count }, () => mintKey('dev', randomBytes));
  const entries = made.map(({ keyHash }, n) => ({
    ...{ caller: `c${n}`, environment: 'dev', keyHash, scopes: ['read'] },
  }));
  const keysFile = join(folder, `callers-${count}.yaml`);
  writeFileSync(keysFile, JSON.stringify(entries));
  return { keysFile, last: made[count - 1] };
}

await measure('no keys', accessOf({}), {});
for (const count of [1, 100, 1_000]) {
  const { keysFile, last } = callers(count);
  const access = accessOf({ keysFile });
  await measure(`a key of ${count}`, access, { authorization: `Bearer ${last.key}` });
  if (count > 1) continue;
  const cookie = access.sessions.guarded.sessions.begin(keyIdOf(last), { nowMs: Date.now(), byTls: false });
  await measure('a session', access, { cookie: cookie.split(';')[0] });
}
for (const alg of ['ES256', 'RS256']) {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg }];
  const server = createServer((_request, answer) => void answer.end(JSON.stringify({ keys })));
  await new Promise((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const token = await new SignJWT({ environment: 'dev', scope: 'read' })
    .setProtectedHeader({ alg, kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience('gondola')
    .setSubject('somebody')
    .setExpirationTime('1h')
    .sign(privateKey);
  const jwksUrl = `http://127.0.0.1:${server.address().port}/`;
  const access = accessOf({ oidc: { issuer: ISSUER, audience: 'gondola', jwksUrl } });
  await measure(`a token, ${alg}`, access, { authorization: `Bearer ${token}` }, TOKENS);
  server.close();
  server.closeAllConnections();
}
rmSync(folder, { recursive: true });
