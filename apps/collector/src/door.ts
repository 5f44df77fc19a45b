import { endOf, TokenBucket } from '@gondola/access';
import type { HttpReply, HttpRequest } from '@gondola/nest';
import type { MappedFormat } from '@gondola/mappers';
import { GondolaError, type Clock, type OutgoingRecord } from '@gondola/stream';
import type { CollectorMetrics } from '@gondola/telemetry';
import { HttpException } from '@nestjs/common';
import type { CollectorConfig } from './collector.config.js';
import { isUntakeable, type GroupCommit } from './group-commit.js';
import { Intake, type Place } from './intake.js';
import type { EventResult, JudgeEvents } from './judge-events.js';
import { isMapped, keepRefused, mapEvents } from './map-events.js';
import type { DoorTraces } from './door-traces.js';
import { formatOf, parseEvents, type BodyFormat } from './parse-events.js';
import { maySend, type Producer, type ProducerKeys } from './producer-keys.js';
import { encodingOf, NoRoom, readBody } from './read-body.js';
import { refuse } from './refuse.js';
import type { Webhook } from './webhook.js';

export interface DoorDeps {
  readonly config: CollectorConfig;
  /** As they are now: the file may change while the door is open. */
  readonly keys: () => ProducerKeys;
  readonly judge: JudgeEvents;
  readonly commit: GroupCommit;
  /** What time it is for events, and for what is measured. */
  readonly eventNowMs: () => number;
  readonly clock: Clock;
  /** 0..1, for the spread of those who are told to come again. */
  readonly random: () => number;
  readonly metrics: CollectorMetrics;
  /** Null: nobody traces. */
  readonly traces: DoorTraces | null;
}

/** What a producer reads. All accepted or some, or nothing of it lost: 202. None: 422, as a problem. */
interface Answer {
  readonly accepted: number;
  readonly rejected: number;
  /** Of a body that was mapped: in the stream, for ingest to keep with its reason. */
  readonly quarantined?: number;
  readonly results: readonly EventResult[];
}

/** What a request holds, and how it is read. */
interface Reading {
  readonly producer: Producer;
  readonly format: BodyFormat | MappedFormat;
  readonly body: Buffer;
  readonly headers: HttpRequest['headers'];
}

const WHENCE_KEYS =
  'npx gondola keys new adds one to the keysFile of a collector, and up says at its start which file has its own';

/** Of those who have no place: spread, or they would all come back at once. */
const FULL_SECONDS_MAX = 3;
const UNAVAILABLE_SECONDS_MAX = 5;

/**
 * The way of a request: whose is it, is there room, read, judge each event, append, answer. An event is answered with
 * `accepted` only after the stream has it; whatever else happens, none of the request's events is called accepted.
 */
export class Door {
  readonly intake: Intake;
  private isOpen = true;
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(private readonly deps: DoorDeps) {
    this.intake = new Intake(deps.config.queue);
  }

  /** `from`: whose webhook it says to be; null: who has the key that it carries. */
  async take(request: HttpRequest, reply: HttpReply, from: string | null = null): Promise<void> {
    const { clock, metrics } = this.deps;
    const startMs = clock.nowMs();
    const visit = { producer: 'unknown', status: 500 };
    try {
      const answer = await this.answer(request, reply, { from, visit });
      visit.status = isTaken(answer) ? 202 : 422;
      if (!isTaken(answer))
        throw refuse(422, 'no event was accepted: results say why of each', { ...answer });
      reply.code(202).header('content-type', 'application/json').send(JSON.stringify(answer));
    } catch (error) {
      visit.status = error instanceof HttpException ? error.getStatus() : 500;
      throw error;
    } finally {
      metrics.answered(visit.producer, visit.status, clock.nowMs() - startMs);
    }
  }

  /** Lets nobody in any more and resolves when everybody inside was answered, or after the set time. */
  async close(): Promise<void> {
    this.isOpen = false;
    const giveUp = new AbortController();
    await Promise.race([
      this.intake.emptied(),
      this.deps.clock.sleep(this.deps.config.drainMsMax, giveUp.signal),
    ]);
    giveUp.abort();
  }

  private async answer(
    request: HttpRequest,
    reply: HttpReply,
    { from, visit }: { readonly from: string | null; readonly visit: { producer: string } },
  ): Promise<Answer> {
    const { limits } = this.deps.config;
    closeIfLong(request, reply, limits.bodyBytesMax);
    if (!this.isOpen) {
      reply.header('connection', 'close');
      throw this.comeAgain(reply, 503, 1, 'this collector is stopping: send it again, another one answers');
    }
    const webhook = from === null ? null : this.webhookOf(from);
    const producer = webhook?.producer ?? this.producerOf(request);
    if (!webhook) visit.producer = producer.producer;
    if (endOf(producer) <= this.deps.clock.nowMs())
      throw refuse(401, `this key ended: expires is ${producer.expires} in the keysFile; ${WHENCE_KEYS}`);
    const bucket = this.bucketOf(producer);
    this.requireRate(bucket, reply);
    const format = producer.format === 'cloudevents' ? formatOf(request.headers) : producer.format;
    const encoding = encodingOf(request.headers['content-encoding']);
    const place = this.intake.enter();
    if (!place) throw this.full(reply);
    try {
      const body = await readBody(request.raw, encoding, { ...limits, reserve: place.reserve });
      if (webhook && !webhook.isSigned(body, request.headers)) throw notSigned();
      visit.producer = producer.producer;
      this.deps.metrics.received(producer.producer, body.length);
      const reading = { producer, format, body, headers: request.headers };
      const events = this.eventsOf(reading);
      bucket.take(events.length, this.deps.clock.nowMs());
      showRate(bucket, reply, this.deps.clock.nowMs());
      return await this.judgeAndAppend(events, reading, reply);
    } catch (error) {
      throw error instanceof NoRoom ? this.full(reply) : error;
    } finally {
      leaveAfter(reply, place);
    }
  }

  private webhookOf(producer: string): Webhook {
    const webhook = this.deps.keys().webhookOf(producer);
    if (webhook && endOf(webhook.producer) > this.deps.clock.nowMs()) return webhook;
    throw notSigned();
  }

  private eventsOf({ producer, format, body, headers }: Reading) {
    const { config, eventNowMs } = this.deps;
    return isMapped(format)
      ? mapEvents(format, body, producer, eventNowMs(), config.limits)
      : parseEvents(format, body, headers, config.limits);
  }

  private async judgeAndAppend(
    events: ReturnType<typeof parseEvents>,
    { producer, format, body, headers }: Reading,
    reply: HttpReply,
  ): Promise<Answer> {
    const { judge, commit, metrics, eventNowMs } = this.deps;
    const nowMs = eventNowMs();
    const judged = judge(events, (subject) => maySend(producer, subject), nowMs);
    const { results, kept } = isMapped(format)
      ? keepRefused(events, judged.results, { producer, format, body }, nowMs)
      : { results: judged.results, kept: [] };
    const records = [...judged.records, ...kept];
    if (records.length > 0) {
      const append = (traced: readonly OutgoingRecord[]) =>
        commit.append(traced).catch((error: unknown) => this.notAppended(error, events.length, reply));
      await (this.deps.traces?.around(headers['traceparent'], records, append) ?? append(records));
    }
    const accepted = judged.records.length;
    const reasons = new Map<string, number>([['accepted', accepted]]);
    for (const result of results)
      if (result.status !== 'accepted') reasons.set(result.reason, (reasons.get(result.reason) ?? 0) + 1);
    for (const [outcome, count] of reasons) metrics.events(producer.producer, outcome, count);
    if (!isMapped(format)) return { accepted, rejected: results.length - accepted, results };
    const quarantined = results.filter(({ status }) => status === 'quarantined').length;
    return { accepted, rejected: results.length - accepted - quarantined, quarantined, results };
  }

  private producerOf({ headers }: HttpRequest): Producer {
    const { environment } = this.deps.config;
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const key = bearer ?? headers['x-api-key'];
    if (typeof key !== 'string')
      throw refuse(401, `a key is needed: authorization: Bearer KEY, or x-api-key: KEY; ${WHENCE_KEYS}`);
    const found = this.deps.keys().find(key);
    if (found.kind === 'producer') return found.producer;
    if (found.kind === 'elsewhere')
      throw refuse(
        403,
        `this key is of the environment ${found.environment}, this collector of ${environment}`,
      );
    throw refuse(
      401,
      `the key is not known here: it was mistyped, taken back or made for another collector; ${WHENCE_KEYS}`,
    );
  }

  private bucketOf({ keyHash, eventsPerSecond }: Producer): TokenBucket {
    let bucket = this.buckets.get(keyHash);
    if (bucket?.perSecond !== eventsPerSecond) {
      bucket = new TokenBucket(eventsPerSecond, this.deps.clock.nowMs());
      this.buckets.set(keyHash, bucket);
    }
    return bucket;
  }

  private requireRate(bucket: TokenBucket, reply: HttpReply): void {
    const nowMs = this.deps.clock.nowMs();
    showRate(bucket, reply, nowMs);
    const waitSeconds = bucket.waitSeconds(nowMs);
    if (waitSeconds > 0)
      throw this.comeAgain(reply, 429, waitSeconds, `this key may send ${bucket.perSecond} events a second`);
  }

  private full(reply: HttpReply): HttpException {
    const seconds = 1 + Math.floor(this.deps.random() * FULL_SECONDS_MAX);
    return this.comeAgain(reply, 429, seconds, 'more comes than this collector can take now: send it again');
  }

  private notAppended(error: unknown, events: number, reply: HttpReply): never {
    // As for a request that is too long: who sends fewer finds the one that is at fault, and the others go through.
    if (isUntakeable(error))
      throw refuse(
        413,
        `the stream will never take ${events === 1 ? 'this event' : 'one of these events, or so many at once: send fewer'}: ${error.message}`,
      );
    if (!(error instanceof GondolaError) || !error.canRetry) throw error;
    const seconds = 1 + Math.floor(this.deps.random() * UNAVAILABLE_SECONDS_MAX);
    throw this.comeAgain(reply, 503, seconds, 'the stream does not take events now: send it again');
  }

  private comeAgain(reply: HttpReply, status: number, seconds: number, detail: string): HttpException {
    reply.header('retry-after', String(seconds));
    return refuse(status, detail);
  }
}

/** The same for a webhook that is not there: names are nobody's to try out. */
function notSigned(): HttpException {
  return refuse(401, 'there is no such webhook in the keysFile, or the body is not signed with its secret');
}

/** A webhook that is answered with an error comes again and is given up at last: what is kept, or is none of ours, is taken. */
function isTaken({ accepted, quarantined, results }: Answer): boolean {
  const isLost = (result: EventResult) =>
    result.status === 'rejected' && result.reason !== 'mapper_event_unknown';
  return accepted > 0 || (quarantined !== undefined && !results.some(isLost));
}

/** draft-ietf-httpapi-ratelimit-headers, counted in events. */
function showRate(bucket: TokenBucket, reply: HttpReply, nowMs: number): void {
  const left = Math.max(0, Math.floor(bucket.left(nowMs)));
  reply.header('ratelimit-policy', `"events";q=${Math.floor(bucket.perSecond)};w=1`);
  reply.header('ratelimit', `"events";r=${left};t=${bucket.waitSeconds(nowMs)}`);
}

/** A body that is refused unread is read and thrown away for the next request of its connection, unless it is long. */
function closeIfLong({ headers }: HttpRequest, reply: HttpReply, bodyBytesMax: number): void {
  const bytes = Number(headers['content-length'] ?? NaN);
  if (!(bytes <= bodyBytesMax)) reply.header('connection', 'close');
}

/** An answer that is not written yet still holds its place, and so does a request whose client has gone. */
function leaveAfter({ raw }: HttpReply, place: Place): void {
  if (raw.closed) place.leave();
  else raw.once('close', () => place.leave());
}
