import type { ServerResponse } from 'node:http';
import type { Signal } from '@gondola/events';
import { matches, type SignalFilter } from './signal-filter.js';
import type { SignalStore } from './signal-store.js';
import type { SignalView } from '../shelves/views.js';

export interface SignalStreamOptions {
  readonly clientsMax: number;
  readonly heartbeatMs: number;
}

export interface SignalStreamDeps {
  readonly store: SignalStore;
  readonly view: SignalView;
  readonly onOpened: () => void;
  readonly onClosed: (dropped: boolean) => void;
}

export interface Follower {
  /** Of the last event that it has seen. */
  readonly lastEventId?: string;
  /** Asked at each heartbeat; left out: always. */
  readonly mayStay?: () => Promise<boolean>;
}

interface Client {
  readonly response: ServerResponse;
  readonly filter: SignalFilter;
  readonly mayStay: () => Promise<boolean>;
  /** Sequence of the last arrival that was looked at for this client. */
  sequence: number;
  /** The socket takes no more until it drains. */
  blocked: boolean;
  /** It was blocked at the last heartbeat already. */
  stuck: boolean;
  dropped: boolean;
}

/** Sequence of an arrival -> what clients get of it, made once for all whom it is sent to at the same moment. */
type Frames = Map<number, Buffer>;

/** How long a browser waits before it connects again. */
const RECONNECT_MS = 2_000;
/** What is handed to a socket at once. */
const WRITE_BYTES = 65_536;

/**
 * Server-sent events. No client has a queue: each has a place in the store's order of arrival and takes from there
 * what its socket accepts, so memory does not grow with slow clients. Who reads nothing between two heartbeats is
 * dropped; its browser connects again and resumes after the last id it saw.
 */
export class SignalStream {
  private readonly clients = new Set<Client>();
  private readonly stopListening: () => void;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly options: SignalStreamOptions,
    private readonly deps: SignalStreamDeps,
  ) {
    this.stopListening = deps.store.onAdded(() => {
      const frames: Frames = new Map();
      for (const client of this.clients) this.send(client, frames);
    });
    this.heartbeat = setInterval(() => this.beat(), options.heartbeatMs);
    this.heartbeat.unref();
  }

  get isFull(): boolean {
    return this.clients.size >= this.options.clientsMax;
  }

  /** Takes `response` over. Without `lastEventId`: from now on, or from `filter.sinceMs` when that is set. */
  open(
    response: ServerResponse,
    filter: SignalFilter,
    { lastEventId, mayStay = async () => true }: Follower = {},
  ): void {
    const { store } = this.deps;
    const resumed = lastEventId === undefined ? undefined : store.resumesAfter(lastEventId);
    const fresh = filter.sinceMs === undefined ? store.lastSequence : store.oldestSequence - 1;
    const client: Client = {
      response,
      filter,
      mayStay,
      sequence: resumed ?? (lastEventId === undefined ? fresh : store.lastSequence),
      blocked: false,
      stuck: false,
      dropped: false,
    };
    this.clients.add(client);
    this.deps.onOpened();
    response.on('drain', () => {
      client.blocked = client.stuck = false;
      this.send(client);
    });
    response.on('error', () => response.destroy());
    response.on('close', () => {
      this.clients.delete(client);
      this.deps.onClosed(client.dropped);
    });
    this.write(client, `retry: ${RECONNECT_MS}\n\n`);
    if (lastEventId !== undefined && resumed === undefined) this.reset(client);
    this.send(client);
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.stopListening();
    for (const { response } of this.clients) response.destroy();
  }

  private send(client: Client, frames: Frames = new Map()): void {
    const { store } = this.deps;
    // What came after the client's place is no longer kept: it has a gap that only a query can fill.
    if (client.sequence + 1 < store.oldestSequence && !client.blocked) this.reset(client);
    while (!client.blocked) {
      const parts = this.framesFor(client, frames);
      if (parts.length === 0) return;
      this.write(client, parts.length === 1 ? parts[0] : Buffer.concat(parts));
    }
  }

  /** What comes next for a client, whose place moves behind it. */
  private framesFor(client: Client, frames: Frames): Buffer[] {
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < WRITE_BYTES;) {
      const next = this.deps.store.arrivalAfter(client.sequence);
      if (!next) break;
      client.sequence = next.sequence;
      if (!matches(client.filter, next.signal)) continue;
      const frame = frames.get(next.sequence) ?? this.frameOf(next.signal);
      frames.set(next.sequence, frame);
      parts.push(frame);
      bytes += frame.length;
    }
    return parts;
  }

  private frameOf(signal: Signal): Buffer {
    const data = this.deps.view.json(signal);
    return Buffer.from(`event: signal\nid: ${signal.signalId}\ndata: ${data}\n\n`);
  }

  /** Tells the client to ask `/signals` again; the stream goes on from now. */
  private reset(client: Client): void {
    client.sequence = this.deps.store.lastSequence;
    this.write(client, 'event: reset\ndata: {}\n\n');
  }

  private beat(): void {
    for (const client of this.clients) {
      if (client.stuck) {
        client.dropped = true;
        client.response.destroy();
      } else if (client.blocked) client.stuck = true;
      else {
        this.write(client, ': still here\n\n');
        void endUnless(client);
      }
    }
  }

  private write(client: Client, content: string | Buffer): void {
    if (!client.response.write(content)) client.blocked = true;
  }
}

async function endUnless({ mayStay, response }: Client): Promise<void> {
  // Who cannot be asked about is asked about again.
  if (!(await mayStay().catch(() => true))) response.destroy();
}
