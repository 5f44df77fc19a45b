import { GondolaError, SetupError } from '@gondola/stream';

/** What a client throws, in the words of the protocol and of the two clients. */
const REFUSED = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'PLT_KFK_AUTHENTICATION',
  'KafkaJSSASLAuthenticationError',
]);
const DENIED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);
const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const REBALANCING = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
]);
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** A client's error as the runner understands it: set-up errors end the run, everything else is tried again. */
export function streamErrorOf(error: unknown, topic: string): GondolaError {
  const chain = [...chainOf(error)];
  const ours = chain.find((one) => one instanceof GondolaError);
  if (ours instanceof GondolaError) return ours;
  const has = (names: ReadonlySet<string>) =>
    chain.some((one) => namesOf(one).some((name) => names.has(name)));
  const options = { cause: error };
  if (has(REFUSED))
    return new SetupError(
      'stream_unavailable',
      'the Kafka broker refuses the credentials: check stream.sasl and the secret it names',
      options,
    );
  if (has(UNTRUSTED))
    return new SetupError(
      'stream_unavailable',
      'the certificate of the Kafka broker is not trusted: name its authority in stream.tls.caFile',
      options,
    );
  if (has(DENIED))
    return new SetupError(
      'stream_unavailable',
      `Kafka does not allow this user what it needs on ${topic}: read and describe the topic and its group, for a sink also write, idempotent write and the transactional id`,
      options,
    );
  if (has(TOO_LARGE))
    return new GondolaError(
      'input_invalid',
      `a record for ${topic} is larger than the topic's max.message.bytes`,
      false,
      options,
    );
  return new GondolaError(
    'stream_unavailable',
    `${topic}: Kafka does not answer: ${reasonOf(chain)}`,
    true,
    options,
  );
}

/** No repetition helps, though the clients try. */
export const isRefusal = (error: unknown): boolean => isOneOf(error, REFUSED) || isOneOf(error, UNTRUSTED);

/** The group is changing hands: what was asked of it now says nothing about the broker. */
export const isRebalance = (error: unknown): boolean => isOneOf(error, REBALANCING);

/** A newer producer of the same transactional id is there. */
export const isFenced = (error: unknown): boolean => isOneOf(error, FENCED);

function isOneOf(error: unknown, names: ReadonlySet<string>): boolean {
  return [...chainOf(error)].some((one) => namesOf(one).some((name) => names.has(name)));
}

/** The error, its causes and the errors it sums up, outermost first. */
function* chainOf(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 10) return;
  yield error;
  if ('cause' in error) yield* chainOf(error.cause, depth + 1);
  if ('errors' in error && Array.isArray(error.errors))
    for (const one of error.errors) yield* chainOf(one, depth + 1);
}

/** kafkajs has `type` and `name`, platformatic `apiId` and `code`, Node `code`. */
function namesOf(error: object): string[] {
  const fields = error as Readonly<Record<'type' | 'name' | 'apiId' | 'code', unknown>>;
  return [fields.type, fields.name, fields.apiId, fields.code].filter((name) => typeof name === 'string');
}

function reasonOf(chain: readonly object[]): string {
  const last = chain[chain.length - 1];
  return last instanceof Error ? last.message : 'no reason given';
}
