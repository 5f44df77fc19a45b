import { isUtf8 } from 'node:buffer';
import avsc from 'avsc';
import type { EventBatch } from '@gondola/events';
import { columnSpec, plainValues } from '@gondola/stream';
import type { Contract, Event } from '../src/contract.js';
import { Problem } from '../src/problem.js';

/** Late enough for every event that is not absurd. */
export const TIME_MS_MAX = Date.UTC(2100, 0, 1);

export interface Encoded {
  readonly bytes: Buffer;
  /** null: JSON, or Protobuf. */
  readonly avroVersion: number | null;
  /** The writer's key, where it is Protobuf. */
  readonly protobuf?: string;
}

/** An event of the contract in sale-contract.ts. */
export const SALE = {
  eventId: 'e',
  soldAt: 1_767_600_000_000,
  shop: 's',
  buyer: 'b',
  mode: 'TEST',
  number: 77,
  paidAt: 1_767_600_000_000_001,
  tags: { a: 'ä' },
  items: [
    { itemId: 'i', kind: 'OUT', units: 1.5, price: 0.29, codes: [] },
    { itemId: 's', kind: 'BACK', units: -0.0005, price: 12, codes: [1, -2] },
  ],
};

export const json = (value: unknown): Encoded => ({
  bytes: Buffer.from(JSON.stringify(value)),
  avroVersion: null,
});

export function avro(contract: Contract, value: object, version = contract.newestVersion): Encoded {
  const written = contract.versions.find((one) => one.version === version);
  const type = avsc.Type.forSchema(JSON.parse(written?.text ?? '') as avsc.Schema);
  return { bytes: type.toBuffer(value), avroVersion: version };
}

/** The batch with plain values, whatever bytes they stand in. */
export function plain({ table, eventId, identity, shelf: _, ...rest }: EventBatch) {
  return {
    ...rest,
    rows: table.rows,
    columns: Object.fromEntries(table.columns.map((column) => [column.spec.name, plainValues(column)])),
    eventId: plainValues({ spec: columnSpec('event_id', 'string'), values: eventId }),
    identity: [...identity],
  };
}

function decode(contract: Contract, { bytes, avroVersion, protobuf }: Encoded): Event | Problem {
  if (protobuf !== undefined) return contract.protobuf.decode(bytes, 0, bytes.length, protobuf);
  if (avroVersion !== null) return contract.decodeAvro(bytes, 0, bytes.length, avroVersion);
  if (!isUtf8(bytes)) return new Problem('decode_failed', '', 'not UTF-8');
  try {
    return contract.decodeJson(JSON.parse(bytes.toString()));
  } catch {
    return new Problem('decode_failed', '', 'not JSON');
  }
}

/** The batch of one record the slow way, which is right by definition; null when it is refused. */
function slowBatch(contract: Contract, encoded: Encoded) {
  const event = decode(contract, encoded);
  if (event instanceof Problem || contract.check(event, TIME_MS_MAX)) return null;
  const batch = contract.newBatch(Buffer.alloc(0), 1);
  batch.append(event, 5, encoded.avroVersion ?? contract.newestVersion);
  return plain(batch.build());
}

/** Bytes before and after the record, as in a batch: readers that look too far find them. */
const AROUND = Buffer.from('"},{"x":1e5}\u00ff\0\u0001');

/** The batch of one record from the generated reader; null when it gives up. */
function fastBatch(contract: Contract, { bytes, avroVersion, protobuf }: Encoded) {
  const read =
    protobuf !== undefined
      ? contract.protobuf.fastReader(protobuf)
      : avroVersion === null
        ? contract.fastJsonReader()
        : contract.fastAvroReader(avroVersion);
  if (!read) throw new Error('there is no fast reader');
  const batch = contract.newBatch(Buffer.concat([AROUND, bytes, AROUND]), 1);
  const version = avroVersion ?? contract.newestVersion;
  const isRead = read(batch, 5, version, AROUND.length, AROUND.length + bytes.length, TIME_MS_MAX);
  if (!isRead) expect(batch.rows).toBe(0);
  return isRead ? plain(batch.build()) : null;
}

/** What the fast way accepts, the slow way must have accepted, with the same values. Says whether it was accepted. */
export function expectSame(contract: Contract, encoded: Encoded): boolean {
  const fast = fastBatch(contract, encoded);
  if (fast) expect(fast).toEqual(slowBatch(contract, encoded));
  return fast !== null;
}

/** For what is ordinary, e.g. all that an Avro library writes: the fast way accepts exactly what the slow way does. */
export function expectEqual(contract: Contract, encoded: Encoded): boolean {
  const slow = slowBatch(contract, encoded);
  expect(fastBatch(contract, encoded)).toEqual(slow);
  return slow !== null;
}

export function expectBothAccept(contract: Contract, encoded: Encoded): void {
  expect(expectEqual(contract, encoded)).toBe(true);
}
