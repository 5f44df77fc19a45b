import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import rhea, { type Connection, type EventContext, type Message, type Receiver, type Sender } from 'rhea';
import { EventHub, type EventLog, type StartFilter } from './event-hub-log.js';

/**
 * A look-alike of Azure Event Hubs over AMQP 1.0, enough for the real client: `$cbs` (shared access signatures),
 * `$management`, senders to a hub or a partition, receivers with a start filter, link credit and owner levels (epochs).
 *
 * It is our reading of the service, from the client's source, its documentation and reported errors. It proves the code
 * paths of the client and of our adapter; it does not prove how the service behaves: no throttling, TLS, Entra ID,
 * geo-replication, idempotent producers or limits but that of a message.
 */
export interface EventHubsServer {
  readonly port: number;
  readonly connectionString: string;
  createHub(name: string, partitions: number, consumerGroups?: readonly string[]): void;
  createConsumerGroup(hub: string, name: string): void;
  /** What enqueued times are taken from; set it to make events old. */
  nowMs: () => number;
  /** Retention passes over a hub. */
  trim(hub: string, beforeMs: number): void;
  /** An event that no official client would send: straight into a partition. */
  append(hub: string, partition: number, event: Message): void;
  /** Receivers that are attached now, of all partitions of a hub. */
  receivers(hub: string): number;
  /** Credit that clients have granted and that is not used up, of all receivers of a hub. */
  credit(hub: string): number;
  /** Cuts every connection and listens again on the same port, with all it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const KEY_NAME = 'gondola-test';
const KEY = 'bm90IGEgc2VjcmV0';
/** Of the Standard tier. */
const MESSAGE_BYTES_MAX = 1_048_576;
/** Of the Premium tier; Standard has 32. */
const PARTITIONS_MAX = 100;
const SELECTOR = 'apache.org:selector-filter:string';

/** What rhea knows of a link and its typings do not show. */
interface LinkState {
  readonly credit: number;
  readonly delivery_count: number;
  readonly local: { readonly attach: Record<string, unknown> };
  readonly session: { readonly outgoing: { available(): number } };
}

/** A receiver that is attached to a partition, seen from here: we send. */
interface Reader {
  readonly link: Sender;
  readonly log: EventLog;
  readonly hub: string;
  readonly epoch: number | undefined;
  next: number;
  sent: number;
}

export async function startEventHubs(): Promise<EventHubsServer> {
  const hubs = new Map<string, EventHub>();
  /** `hub/ConsumerGroups/group/Partitions/n` -> who reads it. */
  const readers = new Map<string, Set<Reader>>();
  const sockets = new Set<Socket>();
  const connections = new Set<Connection>();
  const container = rhea.create_container({ id: 'event-hubs', max_frame_size: 65_536 });

  container.on('receiver_open', ({ receiver }: EventContext) => receiver && onSenderOfClient(receiver));
  container.on('sender_open', ({ sender, connection }: EventContext) => {
    if (sender) onReceiverOfClient(sender, connection);
  });
  container.on('message', (context: EventContext) => onMessage(context));
  container.on('sender_flow', ({ sender }: EventContext) => readerOf(sender, feed));
  // Room in rhea's session comes back with what the client has settled.
  container.on('settled', ({ sender }: EventContext) => readerOf(sender, feed));
  container.on('sender_close', ({ sender }: EventContext) => readerOf(sender, forget));
  container.on('disconnected', ({ connection }: EventContext) => {
    for (const reader of allReaders()) if (reader.link.connection === connection) forget(reader);
  });
  container.on('connection_open', ({ connection }: EventContext) => connections.add(connection));
  // Errors of a client that went away are no news here.
  container.on('error', () => {});
  container.on('connection_error', () => {});

  /** The client's senders: `$cbs`, `$management`, a hub, or `hub/Partitions/n`. */
  function onSenderOfClient(link: Receiver): void {
    const address = addressOf(link.target);
    link.set_target({ address });
    (link as unknown as LinkState).local.attach['max_message_size'] = MESSAGE_BYTES_MAX;
    const { hub, partition } = placeOf(address);
    if (address.startsWith('$') || hub?.partitions[partition ?? 0]) return;
    link.close(notFound(address));
  }

  /** The client's receivers: replies, or a partition of a consumer group. */
  function onReceiverOfClient(link: Sender, connection: Connection): void {
    const address = addressOf(link.source);
    link.set_source({ address });
    // Settled as they are sent: rhea's client answers deliveries even after it has ended their session.
    (link as unknown as LinkState).local.attach['snd_settle_mode'] = 1;
    if (address.startsWith('$')) return void repliesOf(connection).set(link.name, link);
    const { hub, group, partition = 0 } = placeOf(address);
    const log = hub?.partitions[partition];
    if (!hub || !log || group === undefined || !hub.consumerGroups.has(group))
      return link.close(notFound(address));
    const others = readers.get(address) ?? new Set();
    readers.set(address, others);
    const epoch = link.properties?.['com.microsoft:epoch'] as number | undefined;
    for (const other of others) {
      // A receiver with an owner level drives out all with a lower one, its own level and none.
      if (other.epoch !== undefined && (epoch === undefined || epoch < other.epoch))
        return link.close(
          stolen(`there is a receiver with a higher epoch ${other.epoch}, this one has ${epoch}`),
        );
    }
    const start = log.start(filterOf(link));
    if (typeof start === 'object')
      return link.close({ condition: 'com.microsoft:argument-error', description: start.refused });
    for (const other of epoch === undefined ? [] : others) {
      forget(other);
      other.link.close(stolen(`a new receiver with the epoch ${epoch} was made`));
    }
    const reader = { link, log, hub: hub.name, epoch, next: start, sent: 0 };
    others.add(reader);
    feed(reader);
  }

  function onMessage({ connection, receiver, message, delivery }: EventContext): void {
    if (!receiver || !message) return;
    const address = addressOf(receiver.target);
    if (address === '$cbs') return reply(connection, message, authorize(message));
    if (address === '$management') return reply(connection, message, describe(message));
    const { hub, partition } = placeOf(address);
    if (delivery && Buffer.isBuffer(message) && message.length > MESSAGE_BYTES_MAX)
      return delivery.reject({ condition: 'amqp:link:message-size-exceeded', description: 'too large' });
    hub?.append(message, partition, server.nowMs());
    for (const reader of allReaders()) if (reader.hub === hub?.name) feed(reader);
  }

  /** Sends what there is, as long as the client has granted credit and rhea's session has room. */
  function feed(reader: Reader): void {
    const { link, log } = reader;
    const { credit, delivery_count: left, session } = link as unknown as LinkState;
    let room = Math.min(credit - (reader.sent - left), session.outgoing.available());
    for (; room > 0; room--) {
      const event = log.from(reader.next);
      if (!event) return;
      link.send(event.encoded, undefined, 0);
      reader.sent++;
      reader.next = event.sequenceNumber + 1;
    }
  }

  function forget(reader: Reader): void {
    for (const others of readers.values()) others.delete(reader);
  }

  function readerOf(link: Sender | undefined, action: (reader: Reader) => void): void {
    for (const reader of allReaders()) if (reader.link === link) action(reader);
  }

  const allReaders = () => [...readers.values()].flatMap((others) => [...others]);

  function describe({ application_properties: asked = {} }: Message): Answer {
    const hub = hubs.get(String(asked['name']));
    const log = hub?.partitions[Number(asked['partition'] ?? 0)];
    if (!hub || !log) return { status: 404, ...notFound(String(asked['name'])) };
    const common = { name: hub.name, type: asked['type'] };
    if (asked['partition'] !== undefined)
      return { status: 200, body: { ...common, partition: asked['partition'], ...log.properties() } };
    const ids = hub.partitions.map((_, index) => String(index));
    return {
      status: 200,
      body: { ...common, created_at: new Date(0), partition_count: ids.length, partition_ids: ids },
    };
  }

  function placeOf(address: string): { hub?: EventHub; group?: string; partition?: number } {
    const [, name = '', group, partition] =
      /^([^/]+)(?:\/ConsumerGroups\/([^/]+))?(?:\/Partitions\/(\d+))?$/.exec(address) ?? [];
    return {
      hub: hubs.get(name),
      group,
      partition: partition === undefined ? undefined : Number(partition),
    };
  }

  async function listen(port: number): Promise<Server> {
    const listener = container.listen({ port, host: '127.0.0.1' }) as Server;
    listener.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    await once(listener, 'listening');
    return listener;
  }

  async function shut(): Promise<void> {
    const closed = once(listener, 'close');
    listener.close();
    // Said before it is done, as the service does: the client's senders leave timers behind when they are merely cut off.
    for (const connection of connections)
      connection.close({ condition: 'amqp:connection:forced', description: 'the server is going away' });
    connections.clear();
    await sleep(200);
    for (const socket of sockets) socket.destroy();
    readers.clear();
    await closed;
  }

  let listener = await listen(0);
  const { port } = listener.address() as AddressInfo;
  const server: EventHubsServer = {
    port,
    connectionString: `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=${KEY_NAME};SharedAccessKey=${KEY};UseDevelopmentEmulator=true`,
    nowMs: () => Date.now(),
    createHub(name, partitions, consumerGroups = []) {
      if (partitions > PARTITIONS_MAX) throw new Error(`a hub has at most ${PARTITIONS_MAX} partitions`);
      const hub = new EventHub(name, partitions);
      for (const group of consumerGroups) hub.consumerGroups.add(group);
      hubs.set(name, hub);
    },
    createConsumerGroup: (hub, name) => void hubs.get(hub)?.consumerGroups.add(name),
    trim: (hub, beforeMs) => hubs.get(hub)?.partitions.forEach((log) => log.trim(beforeMs)),
    append(hub, partition, event) {
      hubs.get(hub)?.partitions[partition].append(event, undefined, server.nowMs());
      for (const reader of allReaders()) if (reader.hub === hub) feed(reader);
    },
    receivers: (hub) => allReaders().filter((reader) => reader.hub === hub).length,
    credit: (hub) =>
      allReaders()
        .filter((reader) => reader.hub === hub)
        .reduce((sum, { link }) => sum + (link as unknown as LinkState).credit, 0),
    async restart() {
      await shut();
      listener = await listen(port);
    },
    stop: shut,
  };
  return server;
}

interface Answer {
  readonly status: number;
  readonly condition?: string;
  readonly description?: string;
  readonly body?: unknown;
}

/** Links that take replies, by their name: both `$cbs` and `$management` requests name it in `reply_to`. */
const replyLinks = new WeakMap<Connection, Map<string, Sender>>();
function repliesOf(connection: Connection): Map<string, Sender> {
  const links = replyLinks.get(connection) ?? new Map<string, Sender>();
  replyLinks.set(connection, links);
  return links;
}

function reply(connection: Connection, request: Message, answer: Answer): void {
  repliesOf(connection)
    .get(String(request.reply_to))
    ?.send({
      correlation_id: request.message_id,
      application_properties: {
        'status-code': answer.status,
        'status-description': answer.description ?? 'OK',
        ...(answer.condition === undefined ? {} : { 'error-condition': answer.condition }),
      },
      body: answer.body ?? null,
    });
}

/** A shared access signature is a keyed hash of what it is for and when it ends. */
function authorize({ body }: Message): Answer {
  const token = typeof body === 'string' ? body : '';
  const fields = new URLSearchParams(token.replace(/^SharedAccessSignature /, ''));
  const resource = /sr=([^&]*)/.exec(token)?.[1] ?? '';
  const signature = createHmac('sha256', KEY)
    .update(`${resource}\n${fields.get('se')}`)
    .digest('base64');
  if (fields.get('sig') === signature && fields.get('skn') === KEY_NAME) return { status: 202 };
  return {
    status: 401,
    condition: 'amqp:unauthorized-access',
    description: 'InvalidSignature: The token has an invalid signature.',
  };
}

function filterOf({ source }: Sender): StartFilter {
  const selector = (source as { filter?: Record<string, { value?: unknown }> }).filter?.[SELECTOR];
  const found = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time) (>=?) '(.*)'$/.exec(
    String(selector?.value ?? selector ?? "amqp.annotation.x-opt-offset > '@latest'"),
  );
  if (!found) throw new Error(`no such filter: ${JSON.stringify(selector)}`);
  const [, field, operator, value] = found;
  return { field: field as StartFilter['field'], isInclusive: operator === '>=', value };
}

const addressOf = (terminus: { address?: unknown } | undefined): string => String(terminus?.address ?? '');

const notFound = (address: string) => ({
  condition: 'amqp:not-found',
  description: `The messaging entity '${address}' could not be found.`,
});

const stolen = (description: string) => ({ condition: 'amqp:link:stolen', description });
