import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './child-server.js';

const run = promisify(execFile);
const jars = process.env['GONDOLA_KAFKA_JARS'] ?? join(import.meta.dirname, '../../.ci/kafka');
const READY_MS_MAX = 90_000;
const MEMORY_BYTES_MIN = 2 ** 30;

export const KAFKA_USER = { username: 'till', password: 'till-secret' };
const STORE_PASSWORD = 'gondola-test';

export interface KafkaServer {
  /** Where anybody may come in, `127.0.0.1:port`. */
  readonly plain: string;
  /** TLS with SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER (unsigned tokens) for `KAFKA_USER`. */
  readonly secured: string;
  /** Certificate that signs the secured listener's, a PEM file. */
  readonly caFile: string;
  /** The same broker with the same data on the same ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const missing = missingParts();

/** Runs suites that need a Kafka broker, or shows them as skipped and says what is missing. */
export const describeWithKafka: (name: string, suite: () => void) => void =
  missing === null ? describe : (name, suite) => describe.skip(`${name} (${missing})`, suite);

function missingParts(): string | null {
  const paths = (process.env['PATH'] ?? '').split(delimiter);
  if (!paths.some((path) => existsSync(join(path, 'java')))) return 'no Java';
  if (!existsSync(jars) || !readdirSync(jars).some((name) => name.startsWith('kafka_')))
    return `no Kafka in ${jars}: .ci/run fetches it with Maven, or set GONDOLA_KAFKA_JARS`;
  return null;
}

/** A broker of one node in a folder of its own, on free ports of loopback. Takes some seconds. */
export async function startKafka(): Promise<KafkaServer> {
  const folder = await mkdtemp(join(await dataFolder(), 'gondola-kafka-'));
  const [plain, secured, controller] = [await freePort(), await freePort(), await freePort()];
  const caFile = await makeCertificate(folder);
  await writeFile(join(folder, 'server.properties'), propertiesOf(folder, plain, secured, controller));
  await writeFile(join(folder, 'log4j2.yaml'), LOGGING);
  await format(folder);
  let broker = await startBroker(folder);
  return {
    plain: `127.0.0.1:${plain}`,
    secured: `127.0.0.1:${secured}`,
    caFile,
    async restart() {
      await kill(broker);
      broker = await startBroker(folder);
    },
    async stop() {
      await kill(broker);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In memory where there is room: a new partition is synced to disk several times, and a test makes a thousand. */
async function dataFolder(): Promise<string> {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = await statfs(memory);
  return bavail * bsize > MEMORY_BYTES_MIN ? memory : tmpdir();
}

/** A crash: what was acknowledged must be there afterwards, and nobody waits for an orderly shutdown. */
async function kill(broker: ChildProcess): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  broker.kill('SIGKILL');
  await once(broker, 'exit');
}

function javaArgs(folder: string, options: readonly string[]): string[] {
  return ['-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`, ...options];
}

async function format(folder: string): Promise<void> {
  const { username, password } = KAFKA_USER;
  await run('java', [
    ...javaArgs(folder, ['-Xmx256m', '-XX:TieredStopAtLevel=1', 'kafka.tools.StorageTool']),
    ...['format', '-t', randomBytes(16).toString('base64url'), '-c', join(folder, 'server.properties')],
    ...['--add-scram', `SCRAM-SHA-256=[name=${username},password=${password}]`],
    ...['--add-scram', `SCRAM-SHA-512=[name=${username},password=${password}]`],
  ]);
}

async function startBroker(folder: string): Promise<ChildProcess> {
  const child = spawn(
    'java',
    javaArgs(folder, [
      ...['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'],
      ...['kafka.Kafka', join(folder, 'server.properties')],
    ]),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Kafka is not ready: ${said.slice(-2_000)}`)),
      READY_MS_MAX,
    );
    const listen = (part: Buffer) => {
      // After that only the tail matters: the log of a long run would fill the memory.
      said = (said + part.toString()).slice(-10_000);
      if (!said.includes('Kafka Server started')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Kafka ended with ${code}: ${said.slice(-2_000)}`));
    });
  });
  try {
    await ready;
  } catch (error) {
    await kill(child);
    throw error;
  }
  return child;
}

/** A key pair for 127.0.0.1, signed by itself; returns its certificate as a PEM file. */
async function makeCertificate(folder: string): Promise<string> {
  const store = ['-keystore', join(folder, 'broker.p12'), '-storepass', STORE_PASSWORD, '-alias', 'broker'];
  await run('keytool', [
    ...['-genkeypair', ...store, '-storetype', 'PKCS12', '-keyalg', 'EC', '-dname', 'CN=127.0.0.1'],
    ...['-validity', '30', '-ext', 'san=ip:127.0.0.1', '-ext', 'bc:c'],
  ]);
  const caFile = join(folder, 'ca.pem');
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', caFile]);
  return caFile;
}

const LOGGING = `Configuration:
  Appenders: { Console: { name: S, PatternLayout: { pattern: "[%d] %p %m (%c)%n" } } }
  Loggers:
    Root: { level: WARN, AppenderRef: [ { ref: S } ] }
    Logger: [ { name: kafka.server.KafkaRaftServer, level: INFO }, { name: kafka.server.BrokerServer, level: INFO } ]
`;

function propertiesOf(folder: string, plain: number, secured: number, controller: number): string {
  const { username, password } = KAFKA_USER;
  const jaas = (mechanism: string, module: string, options = '') =>
    `listener.name.secured.${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.${module} required ${options};`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAIN://127.0.0.1:${plain},SECURED://127.0.0.1:${secured},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAIN://127.0.0.1:${plain},SECURED://127.0.0.1:${secured}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAIN',
    'listener.security.protocol.map=PLAIN:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT',
    `ssl.keystore.location=${join(folder, 'broker.p12')}`,
    `ssl.keystore.password=${STORE_PASSWORD}`,
    'ssl.keystore.type=PKCS12',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    jaas('plain', 'plain.PlainLoginModule', `user_${username}="${password}"`),
    jaas('scram-sha-256', 'scram.ScramLoginModule'),
    jaas('scram-sha-512', 'scram.ScramLoginModule'),
    jaas('oauthbearer', 'oauthbearer.OAuthBearerLoginModule', `unsecuredLoginStringClaim_sub="${username}"`),
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].map(
      (topic) => `${topic}.replication.factor=1`,
    ),
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.min.isr=1',
    // Small, so that a test does not wait for partitions that nobody needs.
    'offsets.topic.num.partitions=4',
    'transaction.state.log.num.partitions=4',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    'file.delete.delay.ms=1000',
    // An index file reserves its size at once: a thousand partitions of 10 MB each would fill a disk.
    'log.index.size.max.bytes=65536',
    '',
  ].join('\n');
}
