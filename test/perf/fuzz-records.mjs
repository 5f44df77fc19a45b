/**
 * Records that nobody should send: those of the contracts in each encoding, changed in one or two of the ways that break
 * readers. The same seed gives the same records.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAvro, toNatural } from '@gondola/contract';
import { createRandom } from '@gondola/stream';
import { protobufEncoder } from './protobuf-case.mjs';

const bytesOf = (text) => Buffer.from(text);
const header = (key, value) => ({ key, value: bytesOf(value) });
const NAMES_OF_ONE = /^(eventId|movementId|countId|signalId)$/;

const prefixOf = (contract) => {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(contract.versions.at(-1).id, 1);
  return prefix;
};
const typed = (contract, ...more) => [header('ce_type', contract.types[0]), ...more];

/** How an event may come, by the kind of its schema. A new encoding is one more entry. */
export const ENCODINGS = {
  any: {
    json: ({ contract, text }) => ({ value: bytesOf(text), headers: typed(contract) }),
    'plain json': ({ text }) => ({ value: bytesOf(text), headers: [] }),
    cloudevent: ({ contract, text }) => ({
      value: bytesOf(
        `{"specversion":"1.0","id":"1","source":"/fuzz","type":"${contract.types[0]}","data":${text}}`,
      ),
      headers: [],
    }),
  },
  avro: {
    avro: ({ contract, event }) => ({ value: Buffer.from(encodeAvro(contract, event)), headers: [] }),
    'avro by header': ({ contract, event }) => ({
      value: Buffer.from(encodeAvro(contract, event).subarray(5)),
      headers: typed(contract, header('content-type', 'application/avro')),
    }),
    'cloudevent of bytes': ({ contract, event }) => ({
      value: bytesOf(
        JSON.stringify({
          specversion: '1.0',
          id: '1',
          source: '/fuzz',
          type: contract.types[0],
          dataschema: `https://registry/schemas/ids/${contract.versions.at(-1).id}`,
          data_base64: Buffer.from(encodeAvro(contract, event).subarray(5)).toString('base64'),
        }),
      ),
      headers: [],
    }),
  },
  json: {
    'json by id': ({ contract, text }) => ({
      value: Buffer.concat([prefixOf(contract), bytesOf(text)]),
      headers: [],
    }),
  },
  protobuf: {
    // Index 0: the first message of the file.
    protobuf: ({ contract, text }) => ({
      value: Buffer.concat([prefixOf(contract), Buffer.from([0]), protobufOf(contract, text)]),
      headers: [],
    }),
    'protobuf by header': ({ contract, text }) => ({
      value: protobufOf(contract, text),
      headers: typed(contract, header('content-type', 'application/protobuf')),
    }),
    'cloudevent of protobuf': ({ contract, text }) => ({
      value: bytesOf(
        JSON.stringify({
          specversion: '1.0',
          id: '1',
          source: '/fuzz',
          type: contract.types[0],
          data_base64: protobufOf(contract, text).toString('base64'),
        }),
      ),
      headers: [],
    }),
  },
};

const messages = new Map();

/** Of an event in Protobuf's JSON. */
function protobufOf(contract, text) {
  const { subject, schema, versions, file } = contract;
  if (!messages.has(subject)) messages.set(subject, protobufEncoder(versions.at(-1).text, schema.name));
  const event = JSON.parse(text);
  const ms = Date.parse(event[file.roles.eventTime]);
  const time = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
  return messages.get(subject)({ ...event, [file.roles.eventTime]: time });
}

const WORDS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  'length',
  '\u0000',
];
/** As they stand in the text: not all of them are JSON. */
const LITERALS = [
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"x"',
    '-0',
    '0',
    '1',
    '-1',
    '1e308',
    '-1e308',
    '1e309',
    '1e-400',
    '1E+2',
    '01',
    '+1',
  ],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775808',
    '1e99999',
  ],
  ...[
    '8640000000000001',
    '-8640000000000001',
    '253402300800000',
    '2147483648',
    '-2147483649',
    '0.1',
    '1.0',
    '1e0',
    '5e-324',
  ],
  ...[
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"2026-13-45T99:99:99Z"',
    '"+275760-09-13"',
    '"\\u202e\\u200b"',
  ],
  '9'.repeat(400),
  `0.${'9'.repeat(400)}`,
];
const BAD_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]];
const BOMBS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0x01],
  [0x03, 0x80, 0x80, 0x40],
];
/** One in so many is large: a megabyte of a thousand records is what a stream has at most. */
const LARGE_EVERY = 1_500;

export function createFuzz(registry, schemas, seed) {
  const random = createRandom(seed);
  const below = (limit) => random.below(limit);
  const pick = (list) => list[below(list.length)];
  const bases = registry.contracts().flatMap((contract) => {
    const folder = join(schemas, contract.subject, 'examples/pass');
    return readdirSync(folder).map((name) => ({
      contract,
      event: JSON.parse(readFileSync(join(folder, name), 'utf8')),
    }));
  });
  const depth = () => (below(LARGE_EVERY) === 0 ? 100_000 + below(300_000) : 1 + below(300));
  const many = () => (below(LARGE_EVERY) === 0 ? 5_000 + below(20_000) : 1 + below(40));
  let last = bytesOf('{}');

  /** Values of a JSON text, as places in it. */
  function valueIn(text) {
    const places = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null)/g)];
    const place = places.length === 0 ? null : pick(places);
    return place && { from: place.index + 1, to: place.index + place[0].length };
  }

  const replaceValue = (text, by) => {
    const place = valueIn(text);
    return place ? text.slice(0, place.from) + by + text.slice(place.to) : text + by;
  };
  const insertField = (text, field) => {
    const braces = [...text.matchAll(/\{/g)];
    const at = braces.length === 0 ? 0 : pick(braces).index + 1;
    return `${text.slice(0, at)}${field},${text.slice(at)}`;
  };

  const inText = {
    literal: (text) => replaceValue(text, pick(LITERALS)),
    'prototype key': (text) =>
      insertField(
        text,
        `${JSON.stringify(pick(WORDS))}:${pick(['1', '{"retailStoreId":"S9"}', '[]', 'null', '"x"'])}`,
      ),
    'prototype name': (text) => {
      const names = [...text.matchAll(/"(\w+)":/g)];
      const name = names.length === 0 ? null : pick(names);
      return name ? text.replace(name[0], `${JSON.stringify(pick(WORDS))}:`) : text;
    },
    'prototype value': (text) => replaceValue(text, JSON.stringify(pick(WORDS))),
    'deep lists': (text) => {
      const count = depth();
      return replaceValue(text, '['.repeat(count) + ']'.repeat(pick([count, count, count - 1, 0])));
    },
    'deep objects': (text) => {
      const count = depth();
      return replaceValue(text, '{"a":'.repeat(count) + '1' + '}'.repeat(pick([count, count - 1])));
    },
    'long list': (text) =>
      replaceValue(
        text,
        `[${Array(many())
          .fill(pick(['1', '""', '{}', '[]', 'null']))
          .join(',')}]`,
      ),
    'many lines': (text) => {
      const lines = /"lines":\[(\{.*?\})/.exec(text);
      return lines ? text.replace(lines[1], Array(many()).fill(lines[1]).join(',')) : text;
    },
    'long text': (text) =>
      replaceValue(
        text,
        `"${pick(['a', 'é', '\\u00e9', '\\n', '😀']).repeat(below(LARGE_EVERY) === 0 ? 1_100_000 : below(3_000))}"`,
      ),
    'duplicate field': (text) => {
      const fields = [...text.matchAll(/"\w+":("[^"]*"|-?\d+(?:\.\d+)?|null)/g)];
      return fields.length === 0 ? text : insertField(text, pick(fields)[0]);
    },
    'many fields': (text) =>
      insertField(
        text,
        Array.from({ length: many() }, (_, at) => `"f${at}":${pick(['1', '"x"'])}`).join(','),
      ),
    'half a surrogate': (text) => text.replace(/"([^"\\]+)"/, `"$1\\ud8${below(10)}0"`),
    'another order': (text) => {
      try {
        return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).sort(() => below(3) - 1)));
      } catch {
        return text;
      }
    },
    space: (text) =>
      text.replace(/[,:{[]/g, (mark) =>
        below(4) === 0 ? `${mark}${pick([' ', '\n', '\t', '\r', '\ufeff', '\u00a0'])}` : mark,
      ),
  };

  const inBytes = {
    'bits flipped': (bytes) => {
      for (let flips = 1 + below(6); flips > 0; flips--) bytes[below(bytes.length)] ^= 1 << below(8);
      return bytes;
    },
    'cut off': (bytes) => bytes.subarray(0, below(bytes.length)),
    'begin cut off': (bytes) => bytes.subarray(below(bytes.length)),
    longer: (bytes) =>
      Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + below(40) }, () => below(256)))]),
    'length bomb': (bytes) => spliced(bytes, below(bytes.length), below(3), Buffer.from(pick(BOMBS))),
    'not a number': (bytes) => {
      if (bytes.length < 9) return bytes;
      const at = below(bytes.length - 8);
      bytes.writeDoubleLE(pick([NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE]), at);
      return bytes;
    },
    'not UTF-8': (bytes) => spliced(bytes, below(bytes.length), below(2), Buffer.from(pick(BAD_UTF8))),
    'bytes moved': (bytes) => {
      const at = below(bytes.length);
      const size = 1 + below(20);
      return spliced(
        spliced(bytes, at, size, Buffer.alloc(0)),
        below(bytes.length),
        0,
        bytes.subarray(at, at + size),
      );
    },
    'two in one': (bytes) =>
      spliced(bytes, below(bytes.length), below(bytes.length), last.subarray(below(last.length))),
    repeated: (bytes) =>
      Buffer.concat(Array(1 + Math.min(many(), 1 + Math.floor(1_000_000 / bytes.length))).fill(bytes)),
    zeros: (bytes) => bytes.fill(pick([0, 0xff, 0x7b, 0x22]), below(bytes.length)),
  };

  const inFrame = {
    'another id': ({ value, headers }) => {
      const id = pick([1, 2, 3, 4, 5, 6, 7, 0, -1, 8, 101, 102, 2 ** 31 - 1, below(2 ** 31)]);
      const prefix = Buffer.alloc(5);
      prefix.writeInt32BE(id, 1);
      return { value: Buffer.concat([prefix, value[0] === 0 ? value.subarray(5) : value]), headers };
    },
    'prefix of Glue': ({ value, headers }) => ({
      value: Buffer.concat([Buffer.from([3, pick([0, 5, 1])]), Buffer.alloc(below(20), 7), value]),
      headers,
    }),
    'another type': ({ value }) => ({
      value,
      headers: [
        header(
          'ce_type',
          pick([...registry.subjects(), `${pick(registry.subjects())}.v${below(4)}`, ...WORDS]),
        ),
        header(
          'content-type',
          pick([
            'application/json',
            'application/avro',
            'application/protobuf',
            'avro/binary+' + '0'.repeat(32),
            '',
            'text/plain',
          ]),
        ),
      ],
    }),
    'headers of others': ({ value, headers }) => ({
      value,
      headers: [
        ...headers,
        header(
          pick(['__value_schema_id', 'ce_dataschema', 'gondola_unmapped', ...WORDS]),
          pick(['1', '\0\0\0\0\x01', 'rule_broken', 'é']),
        ),
      ],
    }),
    'no value': ({ headers }) => ({ value: pick([null, Buffer.alloc(0)]), headers }),
    'no headers': ({ value }) => ({ value, headers: [] }),
  };

  const changesOfText = Object.values(inText);
  const changesOfBytes = Object.values(inBytes);
  const changesOfFrame = Object.values(inFrame);
  const isText = (value) => value.length > 0 && value[0] === 0x7b;

  function changed(record) {
    const which = below(10);
    const { value, headers } = record;
    if (!value || value.length === 0) return record;
    if (which === 0) return pick(changesOfFrame)(record);
    if (which < 6 && isText(value))
      return { value: bytesOf(pick(changesOfText)(value.toString('utf8'))), headers };
    return { value: pick(changesOfBytes)(Buffer.from(value)), headers };
  }

  /** Record `number` of them all; one in eight is as it should be, one in forty of those has come before. */
  return function fuzzed(number) {
    const { contract, event } = pick(bases);
    const own = below(40) === 0 ? below(50) : number;
    const named = Object.fromEntries(
      Object.entries(event).map(([name, value]) => [
        name,
        name === 'sequenceNumber' ? own : NAMES_OF_ONE.test(name) ? `${value}-${own}` : value,
      ]),
    );
    const natural = naturalOf(contract, named);
    const kind = contract.kindOf(contract.newestVersion);
    const encodings = [...Object.values(ENCODINGS.any), ...Object.values(ENCODINGS[kind])];
    let record = pick(encodings)({ contract, event: natural, text: JSON.stringify(named) });
    for (let changes = below(8) === 0 ? 0 : 1 + below(2); changes > 0; changes--) record = changed(record);
    if (record.value && record.value.length < 4_096) last = record.value;
    return { key: Buffer.from(`k${below(64)}`), ...record };
  };
}

const spliced = (bytes, at, removed, added) =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(Math.min(bytes.length, at + removed))]);

/** Examples may give times as text, which Avro does not have. */
function naturalOf(contract, event) {
  const decoded = contract.decodeJson(event);
  if (!Array.isArray(decoded))
    throw new Error(`${contract.subject}: an example does not decode: ${decoded.message}`);
  return toNatural(contract.schema, decoded);
}
