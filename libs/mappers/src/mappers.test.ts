import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAvro, Problem, toNatural } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import fc from 'fast-check';
import {
  isUnmapped,
  MAP_REASONS,
  type MapContext,
  type MappedEvent,
  type MapOutcome,
} from './map-outcome.js';
import { MAPPED_FORMATS, MAPPERS, type MappedFormat } from './mappers.js';

const folder = join(import.meta.dirname, '../test/fixtures');
const registry = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
/** The fixtures are of 2026: nothing in them may lie in the future. */
const NOW_MS = Date.UTC(2026, 11, 1);
const CONTEXT: MapContext = {
  storeId: null,
  timeZone: 'America/Bogota',
  currency: null,
  receivedAtMs: Date.UTC(2026, 10, 20, 12),
};

interface Decided {
  readonly why: string;
  readonly context?: Partial<MapContext>;
  readonly outcome: MapOutcome;
}

const fixtures = MAPPED_FORMATS.flatMap((format) =>
  readdirSync(join(folder, format))
    .filter((name) => name.includes('.in.'))
    .map((name) => {
      const path = join(folder, format, name);
      const decided = JSON.parse(readFileSync(path.replace(/\.in\.\w+$/, '.out.json'), 'utf8')) as Decided;
      return { format, name, body: readFileSync(path), ...decided };
    }),
);

function contractOf({ type }: MappedEvent) {
  const contract = registry.contractOf(type);
  if (!contract) throw new Error(`no contract for ${type}`);
  return contract;
}

/** Why the contract refuses an event, as JSON and with its rules; null when it does not. */
function problemOf(event: MappedEvent): Problem | null {
  const contract = contractOf(event);
  const decoded = contract.decodeJson(JSON.parse(JSON.stringify(event.value)));
  return decoded instanceof Problem ? decoded : contract.check(decoded, NOW_MS);
}

describe.each(MAPPED_FORMATS)('%s', (format) => {
  const own = fixtures.filter((fixture) => fixture.format === format);

  test.each(own.map((fixture) => [fixture.name, fixture.why, fixture] as const))(
    '%s: %s',
    (_name, _why, fixture) => {
      const outcome = MAPPERS[format](fixture.body, { ...CONTEXT, ...fixture.context });
      expect(outcome).toEqual(fixture.outcome);
      const events = outcome.flatMap((entry) => (isUnmapped(entry) ? [] : [entry]));
      for (const event of events) {
        const contract = contractOf(event);
        expect(event.subject).toBe(contract.subject);
        expect(problemOf(event)).toBeNull();
        // In Avro it is the same event.
        const avro = Buffer.from(encodeAvro(contract, event.value));
        const decoded = contract.decodeAvro(avro, 5, avro.length, 1);
        if (decoded instanceof Problem) throw new Error(decoded.message);
        expect(toNatural(contract.schema, decoded)).toEqual(event.value);
      }
      expect(new Set(events.map(({ subject, value }) => `${subject} ${value.eventId}`)).size).toBe(
        events.length,
      );
    },
  );
});

it('every reason has a fixture', () => {
  const reasons = fixtures.flatMap(({ outcome }) => outcome.filter(isUnmapped).map(({ reason }) => reason));
  expect([...new Set(reasons)].toSorted()).toEqual([...MAP_REASONS].toSorted());
});

it('a zip bomb is refused when it has grown to the limit', async () => {
  const { gzipSync } = await import('node:zlib');
  const bomb = gzipSync(Buffer.alloc(64 << 20, 0x20));
  expect(bomb.length).toBeLessThan(100_000);
  const body = Buffer.from(gzipSync(bomb).toString('base64'));
  expect(MAPPERS.segment(body, CONTEXT)).toEqual([
    { reason: 'mapper_unreadable', pointer: '', message: 'inflates to more than 4194304 bytes' },
  ]);
});

it.each(['[', '{"a":', '<a>'])('depth of %s is no stack overflow', (open) => {
  const close = open === '<a>' ? '</a>' : open === '[' ? ']' : '}';
  const body = Buffer.from(open.repeat(100_000) + (open === '<a>' ? '' : '1') + close.repeat(100_000));
  for (const format of MAPPED_FORMATS)
    expect(MAPPERS[format](body, CONTEXT)).toEqual([
      expect.objectContaining({ reason: 'mapper_unreadable' }),
    ]);
});

it('a document of more things than any batch has is refused as a whole', () => {
  const many = (open: string, thing: string, close: string) =>
    Buffer.from(open + Array<string>(10_001).fill(thing).join(',') + close);
  const refused = [expect.objectContaining({ reason: 'mapper_unreadable' })];
  expect(MAPPERS.ga4(many('{"events":[', '{}', ']}'), CONTEXT)).toEqual(refused);
  expect(MAPPERS.shopify(many('[', '{}', ']'), CONTEXT)).toEqual(refused);
  const lines = many('{"RetailTransaction":{"LineItem":[', '{"ItemID":"A","Quantity":-1}', ']}}');
  expect(MAPPERS.poslog(lines, CONTEXT)).toEqual([
    expect.objectContaining({ reason: 'mapper_field_invalid', message: 'more than 5000 lines' }),
  ]);
});

/** What a contract may still say of an event whose shape is right: that its values are not plausible. */
const isImplausible = ({ reason, message }: Problem): boolean =>
  reason === 'rule_broken' ||
  reason === 'event_time_invalid' ||
  reason === 'event_time_in_future' ||
  (reason === 'schema_mismatch' && message.startsWith('too large'));

function expectSound(format: MappedFormat, body: Uint8Array, context: MapContext): void {
  const outcome = MAPPERS[format](body, context);
  expect(outcome.length).toBeGreaterThan(0);
  for (const entry of outcome) {
    if (isUnmapped(entry)) {
      expect(MAP_REASONS).toContain(entry.reason);
      expect(entry.pointer).toMatch(/^(\/|$)/);
      continue;
    }
    const problem = problemOf(entry);
    if (problem && !isImplausible(problem)) throw new Error(`${problem.pointer}: ${problem.message}`);
  }
  // The same again: nothing is remembered, nothing is by chance.
  expect(MAPPERS[format](body, context)).toEqual(outcome);
}

/** Puts `put` in the place of the `at`-th value of a tree, counted as they come. */
function mutated(value: unknown, at: { left: number }, put: (old: unknown) => unknown): unknown {
  if (at.left-- === 0) return put(value);
  if (Array.isArray(value)) return value.map((entry) => mutated(entry, at, put));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mutated(entry, at, put)]));
}

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '1e99',
    '0',
    '$ 79.95',
    '1,299',
    'NaN',
    '\ud800',
    '__proto__',
    '2026-02-30',
    '99999999999999999999',
    'true',
  ),
  fc.double(),
  fc.maxSafeInteger(),
);
const change = fc.oneof(
  strange.map((value) => () => value),
  fc.constantFrom(
    (old: unknown) => [old],
    (old: unknown) => JSON.stringify(old),
    (old: unknown) => [old, old],
    (old: unknown) => ({ value: old }),
    (old: unknown) => String(old),
    () => undefined,
  ),
);
const contexts = fc.record({
  storeId: fc.constantFrom(null, 'S1'),
  timeZone: fc.constantFrom(null, 'America/Bogota', 'Europe/Berlin'),
  currency: fc.constantFrom(null, 'COP'),
  receivedAtMs: fc.constant(CONTEXT.receivedAtMs),
});

describe('mutated documents are events that fit their contract, or have a reason', () => {
  const trees = fixtures.flatMap(({ format, body, name }) => {
    try {
      return [{ format, name, tree: JSON.parse(body.toString('utf8')) as unknown }];
    } catch {
      return [];
    }
  });

  it('values replaced, wrapped, doubled, taken out', () => {
    const mutations = fc.array(fc.record({ at: fc.nat(80), put: change }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...trees), mutations, contexts, ({ format, tree }, steps, context) => {
        const mutant = steps.reduce((value, { at, put }) => mutated(value, { left: at }, put), tree);
        expectSound(format, Buffer.from(JSON.stringify(mutant) ?? ''), context);
      }),
      { numRuns: 3_000 },
    );
  });

  it('bytes changed, cut out, said twice', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(20),
      put: fc.uint8Array({ maxLength: 6 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        contexts,
        ({ format, body }, edits, context) => {
          const mutant = edits.reduce((bytes, { at, cut, put }) => {
            const from = Math.floor(at * bytes.length);
            return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
          }, body as Buffer);
          expectSound(format, mutant, context);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('texts and numbers of XML replaced', () => {
    const xml = fixtures.filter(({ name }) => name.endsWith('.xml'));
    fc.assert(
      fc.property(
        fc.constantFrom(...xml),
        fc.nat(60),
        strange,
        contexts,
        ({ format, body }, at, value, context) => {
          let left = at;
          const escaped = String(value).replace(/[<&]/g, '');
          const mutant = body
            .toString('utf8')
            .replace(/>([^<>\s][^<>]*)</g, (old) => (left-- === 0 ? `>${escaped}<` : old));
          expectSound(format, Buffer.from(mutant), context);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('bytes of chance, of any format', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MAPPED_FORMATS),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (format, body) => {
          expectSound(format, body, CONTEXT);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
