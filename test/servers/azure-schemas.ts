import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface AzureSchemas {
  /** `127.0.0.1:port` */
  readonly namespace: string;
  readonly ca: string;
  /** `<status> <authorization>` of each request. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/** Runs a suite that needs openssl, or shows it as skipped. */
export const describeWithOpenssl: (name: string, suite: () => void) => void =
  spawnSync('openssl', ['version']).status === 0
    ? describe
    : (name, suite) => describe.skip(`${name} (no openssl)`, suite);

/**
 * The two requests of Azure Schema Registry that reading needs, as its REST reference describes them: there is no emulator.
 * Over TLS, without which Azure's client sends no token; the certificate is made with openssl.
 */
export async function startAzureSchemas(
  schemas: Readonly<
    Record<string, { name: string; group: string; version: number; format: string; text: string }>
  >,
  statusOf: () => number,
): Promise<AzureSchemas> {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-azure-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  const ca = readFileSync(cert, 'utf8');
  const seen: string[] = [];
  const idIn = (url: string) => {
    const [, group, name, version] =
      /^\/\$schemaGroups\/([^/]+)\/schemas\/([^/]+)\/versions\/(\d+)\?api-version=/.exec(url) ?? [];
    return Object.keys(schemas).find((id) => {
      const one = schemas[id];
      return one.group === group && one.name === name && String(one.version) === version;
    });
  };
  const server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    const url = request.url ?? '';
    const id = /^\/\$schemaGroups\/\$schemas\/([0-9a-f]{32})\?api-version=/.exec(url)?.[1] ?? idIn(url);
    const schema = schemas[id ?? ''];
    const status = statusOf() === 200 && !schema ? 404 : statusOf();
    seen.push(`${status} ${request.headers.authorization}`);
    if (status !== 200 || !schema) {
      const error = { error: { code: String(status), message: 'refused' } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
      return;
    }
    response
      .writeHead(200, {
        'content-type': `application/json; serialization=${schema.format}`,
        'schema-id': id,
        'schema-name': schema.name,
        'schema-group-name': schema.group,
        'schema-version': String(schema.version),
      })
      .end(schema.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    namespace: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    seen,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      rmSync(folder, { recursive: true });
    },
  };
}
