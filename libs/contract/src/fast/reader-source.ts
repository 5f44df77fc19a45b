import { IdentityHasher } from '../identity-hash.js';
import type { Constants } from './constants.js';
import { arraysOf, checkBounds, declare, store, symbolsOf, type FastField } from './field.js';
import type { FastShape } from './shape.js';
import { rulesSource, type RulesSource } from './rules-source.js';

/** How bytes become the variables of a shape's fields: what Avro and JSON do in different ways. */
export interface ReadSource {
  /** Declarations besides those of the fields. */
  readonly declarations: string;
  /** Reads from `p` on. `return false` gives up. */
  readonly body: string;
}

/**
 * `entryEnd` goes where an entry's fields have been read: it makes a row of them. `examined` are the fields that rules or
 * the identity look at: their texts must stand in the batch's own bytes.
 */
export type MakeReadSource = (entryEnd: string, examined: ReadonlySet<FastField>) => ReadSource;

const SYSTEM_ARRAYS = [
  ['eventIdStart', 'b.eventId.start'],
  ['eventIdSize', 'b.eventId.size'],
  ['eventTimeMs', 'b.eventTimeMs'],
  ['recordIndex', 'b.recordIndex'],
  ['schemaVersion', 'b.schemaVersion'],
  ['identity', 'b.identity'],
] as const;

/**
 * The source of a reader: `read(b, record, version, start, end, timeMsMax)`, where `b` is an EventBatchBuilder. It writes
 * above the builder's rows and moves `rows` last, so that giving up (false) leaves no trace.
 */
export function readerSource(shape: FastShape, makeRead: MakeReadSource, constants: Constants): string {
  const { event, entry } = shape;
  const arrays = [...[...event, ...(entry ?? [])].flatMap(arraysOf), ...SYSTEM_ARRAYS];
  const grow = `b.grow();\n${arrays.map(([name, source]) => `${name} = ${source};`).join(' ')}`;
  const rules = rulesSource(shape, constants);
  const examined = new Set([...rules.examined, ...shape.identitySlots.map((slot) => event[slot])]);
  const read = makeRead(entryEndSource(shape, rules, grow, constants), examined);
  return `function read(b, record, version, start, end, timeMsMax) {
const bytes = b.bytes, view = b.view, limit = bytes.length, first = b.rows;
let p = start, r = first, t = 0, u = 0, bad = false;
if (r === b.capacity) b.grow();
${arrays.map(([name, source]) => `let ${name} = ${source};`).join('\n')}
${rules.declarations}
${[...event, ...(entry ?? [])].map(declare).join('')}
${read.declarations}
${read.body}
if (p !== end) return false;
${event.map(checkBounds).join('')}
${timeSource(event[shape.eventTimeSlot], shape.eventTimeMsMin)}
${rules.source}
${identitySource(shape, constants)}
${writeSource(shape, constants)}
b.rows = r;
return true;
}`;
}

function entryEndSource(shape: FastShape, rules: RulesSource, grow: string, constants: Constants): string {
  const entry = shape.entry ?? [];
  return `if (r === b.capacity) { ${grow} }
${entry.map(checkBounds).join('')}${entry.map((field) => store(field, 'r', constants)).join('')}${rules.entryEnd}
r++;\n`;
}

function timeSource({ id, type }: FastField, timeMsMin: number): string {
  const isMicros = type.kind === 'long' && type.logical === 'timestamp-micros';
  return `const timeMs = ${isMicros ? `n_${id} / 1000` : `n_${id}`};
if (!(timeMs >= ${timeMsMin} && timeMs <= timeMsMax)) return false;`;
}

function identitySource({ subject, event, identitySlots }: FastShape, constants: Constants): string {
  // Every identity of the contract starts with its subject.
  const hasher = new IdentityHasher();
  hasher.begin();
  hasher.addText(subject);
  const h = constants.helpers.hasher;
  const parts = identitySlots.map((slot) => {
    const field = event[slot];
    if (field.kind === 'text') return `${h}.addUtf8(bytes, view, s_${field.id}, z_${field.id});`;
    if (field.kind === 'symbol') return `${h}.addText(${constants.add(symbolsOf(field))}[i_${field.id}]);`;
    return `${h}.addNumber(n_${field.id});`;
  });
  return `${h}.resume(${hasher.low}, ${hasher.high});
${parts.join('\n')}
${h}.finish();
const low = ${h}.low, high = ${h}.high;`;
}

function writeSource(shape: FastShape, constants: Constants): string {
  const eventId = shape.event[shape.eventIdSlot].id;
  const row = `${shape.event.map((field) => store(field, 'row', constants)).join('')}
eventIdStart[row] = s_${eventId}; eventIdSize[row] = z_${eventId};
eventTimeMs[row] = timeMs; recordIndex[row] = record; schemaVersion[row] = version;
identity[2 * row] = low; identity[2 * row + 1] = high;`;
  if (shape.entry)
    return `if (r === first) return false;\nfor (let row = first; row < r; row++) {\n${row}\n}`;
  return `const row = r++;\n${row}`;
}
