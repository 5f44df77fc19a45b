import type { EventBatchBuilder } from '../event-batch-builder.js';
import type { ColumnPlan } from '../column-plan.js';
import type { AvroType } from '../avro-type.js';
import { compileJsonValue, type ReadJson } from '../json-reader.js';
import { FAIL, Trouble } from '../problem.js';
import { Unsupported, type Constants } from './constants.js';
import { declare, setDefault, setNull, symbolsOf, type FastField } from './field.js';
import { demandSource } from './demand-source.js';
import type { FieldDemand, JsonDemands, ObjectDemands } from './json-demands.js';
import { JsonKeys } from './json-keys.js';
import { skipValue } from './json-scan.js';
import type { ReadSource } from './reader-source.js';
import type { FastShape } from './shape.js';

/** Longer numbers are for `JSON.parse`. Decimals of 15 digits are the nearest double of digits / 10^n (both exact). */
const REAL_DIGITS_MAX = 15;
/** Beyond 53 bits, which take 16 digits, the last sum is rounded, but not into them. */
const WHOLE_DIGITS_MAX = 16;
/** Fields whose presence one variable can tell. */
const MASK_BITS = 31;

/**
 * Reads natural JSON into the fields of `shape`. It expects each key after the one that it followed last, and finds any
 * other; fields that the schema does not have are skipped. Gives up on escapes, duplicate keys, exponents and more, and on
 * what does not meet `demands`.
 */
export function jsonReadSource(
  shape: FastShape,
  demands: JsonDemands | null,
  examined: ReadonlySet<FastField>,
  entryEnd: string,
  constants: Constants,
): ReadSource {
  const extras = [...(demands?.event.extras ?? []), ...(demands?.entry?.extras ?? [])];
  // Such a field could make a CloudEvents envelope of the event; a name with escapes has more than one form.
  const names = [...shape.event, ...(shape.entry ?? []), ...extras].map(({ name }) => name);
  if (names.some((name) => name === 'specversion' || JSON.stringify(name) !== `"${name}"`))
    throw new Unsupported();
  const writer = new JsonWriter(shape, demands, examined, entryEnd, constants);
  const body = `p = ${constants.helpers.skipSpace}(bytes, p, end);
${writer.object('e', shape.event, demands?.event ?? null)}
p = ${constants.helpers.skipSpace}(bytes, p, end);`;
  return {
    body,
    declarations: `let q = 0, v = 0, d = 0, isNegative = false;\n${extras.map(declare).join('')}`,
  };
}

class JsonWriter {
  constructor(
    private readonly shape: FastShape,
    private readonly demands: JsonDemands | null,
    private readonly examined: ReadonlySet<FastField>,
    private readonly entryEnd: string,
    private readonly constants: Constants,
  ) {}

  /** `level` tells the variables of an entry's loop from those of the event's. */
  object(level: 'e' | 'r', known: readonly FastField[], demands: ObjectDemands | null): string {
    const fields = [...known, ...(demands?.extras ?? [])];
    const keys = new JsonKeys(fields.map(({ name }) => name));
    const [keysName, next] = [this.constants.add(keys), this.constants.add(keys.next)];
    const [field, previous] = [`field_${level}`, `previous_${level}`];
    const maskCount = Math.ceil(fields.length / MASK_BITS);
    const seen = Array.from({ length: maskCount }, (_, index) => `seen${index}_${level}`);
    const members = fields.map(
      (one, index) => `case ${index}:
if (!(${keys.testSource(index)})) { ${field} = -1; break; }
p += ${keys.sizeOf(index)};
${this.member(one, index, seen, demands?.fields.get(one) ?? null)}
break;`,
    );
    const skip = `p = ${this.constants.helpers.skipMember}(bytes, p, end);
if (p < 0) return false;`;
    // Where the key is not the one expected, `find` changes what is expected, and the loop looks again.
    return `if (bytes[p] !== 123) return false;
p++;
let ${field} = 0, ${previous} = ${fields.length}, ${seen.map((name) => `${name} = 0`).join(', ')};
for (;;) {
${this.space()}
${field} = ${next}[${previous}];
switch (${field}) {
${members.join('\n')}
}
if (${field} >= 0) ${previous} = ${field};
else {
if (${keysName}.find(bytes, p, end, ${previous}) >= 0) continue;
${demands?.isClosed ? 'return false;' : skip}
}
${this.space()}
t = bytes[p++];
if (t === 125) break;
if (t !== 44) return false;
}
${this.missing(fields, seen, demands)}`;
  }

  private member(
    field: FastField,
    index: number,
    seen: readonly string[],
    demand: FieldDemand | null,
  ): string {
    const mask = seen[Math.floor(index / MASK_BITS)];
    const bit = 2 ** (index % MASK_BITS);
    const value = field === this.shape.event[this.shape.rowsSlot] ? this.rows() : this.value(field, demand);
    return `if ((${mask} & ${bit}) !== 0) return false;
${mask} |= ${bit};
if (bytes[p] !== 58) { ${this.space()} if (bytes[p] !== 58) return false; }
p++;
${this.space()}
${value}`;
  }

  private missing(
    fields: readonly FastField[],
    seen: readonly string[],
    demands: ObjectDemands | null,
  ): string {
    return seen
      .map((mask, word) => {
        const part = fields.slice(word * MASK_BITS, (word + 1) * MASK_BITS);
        const all = 2 ** part.length - 1;
        const defaults = part.map((field, index) => {
          return `if ((${mask} & ${2 ** index}) === 0) { ${this.absent(field, demands)} }`;
        });
        return `if (${mask} !== ${all}) {\n${defaults.join('\n')}\n}`;
      })
      .join('\n');
  }

  private absent(field: FastField, demands: ObjectDemands | null): string {
    const isRows = field === this.shape.event[this.shape.rowsSlot];
    if (isRows || demands?.fields.get(field)?.isRequired) return 'return false;';
    if (demands?.extras.includes(field)) return '';
    return setDefault(field, this.examined.has(field), this.constants);
  }

  private rows(): string {
    const { entry = null, entriesMin = 0, entriesMax = Infinity } = this.demands ?? {};
    const count = `if (r - first < ${entriesMin} || r - first > ${entriesMax}) return false;`;
    return `if (bytes[p] !== 91) return false;
p++;
for (;;) {
${this.space()}
${this.object('r', this.shape.entry ?? [], entry)}
${this.entryEnd}${this.space()}
t = bytes[p++];
if (t === 93) break;
if (t !== 44) return false;
}
${this.demands ? count : ''}`;
  }

  private value(field: FastField, demand: FieldDemand | null): string {
    const accepts = demand?.accepts ?? null;
    const value = this.given(field, accepts) + (demand ? demandSource(field, demand, this.constants) : '');
    if (!field.isNullable) return value;
    // n u l l, the lowest byte first.
    return `if (bytes[p] === 110) {
if (p + 4 > limit || view.getInt32(p, true) !== ${0x6c6c756e}) return false;
p += 4;
${accepts && !accepts(null) ? 'return false;' : setNull(field)}
} else {
${value}
}`;
  }

  private given(field: FastField, accepts: FieldDemand['accepts']): string {
    const { id, kind, type } = field;
    switch (kind) {
      case 'text':
        return this.text(id);
      case 'symbol': {
        const symbols = this.constants.add(symbolsOf(field).map((symbol) => Buffer.from(symbol)));
        return `${this.quoted('u')}
i_${id} = ${this.constants.helpers.symbolWithin}(${symbols}, bytes, u, p - 1 - u);
if (i_${id} < 0) return false;`;
      }
      case 'flag':
        // Of all values, only true and false end with an e.
        return `u = bytes[p] === 116 ? 1 : 0;
p = ${this.constants.helpers.skipValue}(bytes, p, end);
if (p < 0 || bytes[p - 1] !== 101) return false;
n_${id} = u; x_${id} = 0;`;
      case 'number':
        return `v = p;\n${this.number(`n_${id}`, type)}\nx_${id} = 0;`;
      case 'composite':
        return this.composite(field, accepts);
    }
  }

  /** A text without escapes: `start` is set, and `p` is behind its quote. */
  private quoted(start: string): string {
    return `if (bytes[p] !== 34) return false;
${start} = ++p;
p = ${this.constants.helpers.textEnd}(bytes, p, end) + 1;
if (p === 0) return false;`;
  }

  private text(id: string): string {
    return `${this.quoted(`s_${id}`)}\nz_${id} = p - 1 - s_${id};`;
  }

  private number(name: string, type: AvroType): string {
    const { isoDaysWithin, isoMicrosWithin } = this.constants.helpers;
    if (type.kind === 'double' || type.kind === 'float') return this.digits(name, true);
    const range =
      type.kind === 'int'
        ? `if (${name} !== (${name} | 0)) return false;`
        : `if (${name} > ${Number.MAX_SAFE_INTEGER} || ${name} < -${Number.MAX_SAFE_INTEGER}) return false;`;
    const whole = `${this.digits(name, false)}\n${name} += 0;\n${range}`;
    if (!('logical' in type) || type.logical === null) return whole;
    const iso =
      type.logical === 'date'
        ? `${isoDaysWithin}(bytes, u, p - 1)`
        : `Math.floor(${isoMicrosWithin}(bytes, u, p - 1) / ${type.logical === 'timestamp-millis' ? 1000 : 1})`;
    return `if (bytes[p] === 34) {
${this.quoted('u')}
${name} = ${iso};
if (${name} !== ${name}) return false;
} else {
${whole}
}`;
  }

  /** What follows the number is not looked at: only a comma, bracket or white space is accepted there. */
  private digits(name: string, isReal: boolean): string {
    const fraction = `if (bytes[p] === 46) {
q = ++p;
while (p <= d && (t = bytes[p] - 48) >= 0 && t <= 9) { ${name} = ${name} * 10 + t; p++; }
if (p === q) return false;
${name} /= ${this.constants.helpers.powers}[p - q];
}`;
    return `isNegative = bytes[p] === 45;
if (isNegative) p++;
t = bytes[p] - 48;
if (!(t >= 0 && t <= 9)) return false;
${name} = t;
d = p + ${isReal ? REAL_DIGITS_MAX : WHOLE_DIGITS_MAX};
p++;
if (t !== 0) while (p < d && (t = bytes[p] - 48) >= 0 && t <= 9) { ${name} = ${name} * 10 + t; p++; }
${isReal ? fraction : ''}
if (isNegative) ${name} = -${name};`;
  }

  private space(): string {
    return `if (bytes[p] <= 32) p = ${this.constants.helpers.skipSpace}(bytes, p, end);`;
  }

  private composite({ id, type, plan }: FastField, accepts: FieldDemand['accepts']): string {
    const value = this.constants.add(new JsonComposite(type, plan, accepts));
    return `p = ${value}.read(b, p, end);
if (p < 0) return false;
s_${id} = ${value}.start; z_${id} = ${value}.size;`;
  }
}

/** A value that is no scalar: parsed by itself, and placed as its column's text. */
class JsonComposite {
  start = 0;
  size = 0;
  private readonly trouble = new Trouble();
  private readonly check: ReadJson;

  constructor(
    type: AvroType,
    private readonly plan: ColumnPlan | null,
    private readonly accepts: FieldDemand['accepts'],
  ) {
    this.check = compileJsonValue(type);
  }

  /** Where the value ends, -1 when it is none. */
  read({ bytes, placed }: EventBatchBuilder, start: number, end: number): number {
    const valueEnd = skipValue(bytes, start, end);
    if (valueEnd < 0) return -1;
    const parsed: unknown = JSON.parse(bytes.toString('utf8', start, valueEnd));
    if (this.accepts?.(parsed) === false) return -1;
    const value = this.check(parsed, this.trouble);
    if (value === FAIL) return -1;
    if (this.plan?.toText) {
      this.start = placed.add(this.plan.toText(value));
      this.size = placed.size;
    }
    return valueEnd;
  }
}
