import type { ColumnSpec } from '@gondola/stream';
import { SetupError } from '@gondola/stream';
import type { IdentityColumns, ShelfBinding } from '@gondola/events';
import { compileAvroDecoder, readAvroSoFar, type AvroDecoder } from './avro-decoder.js';
import { parseAvroSchema, toNatural, type AvroRecord, type Slot } from './avro-type.js';
import { compileMisfit } from './column-misfit.js';
import { planColumns } from './column-plan.js';
import { requireCompatible, whyUnreadable } from './compatibility.js';
import { keyColumnsOf, personalColumns } from './contract-columns.js';
import { parseContractFile, type ContractFile, type Masking } from './contract-file.js';
import { environmentsOf, expectationsIn, type ContractExpectation } from './expectation.js';
import { EventBatchBuilder, type BatchShape, type RowsExpected } from './event-batch-builder.js';
import { compileFastAvro, compileFastJson, type FastRead } from './fast/fast-reader.js';
import { demandsOf } from './fast/json-demands.js';
import { fastShapeOf, type FastShape } from './fast/shape.js';
import { identityColumnsOf } from './identity-columns.js';
import { compileJsonReader, NOT_A_TIME, type JsonReader } from './json-reader.js';
import { JsonSchema, type NamedText } from './json-schema/json-schema.js';
import { toSchemaJson } from './json-schema/to-schema-json.js';
import { personalWithin } from './personal-within.js';
import { parseSchema, schemaFileOf, type ParsedSchema } from './parse-schema.js';
import { Problem } from './problem.js';
import { fromProtoJson } from './protobuf/proto-json.js';
import type { ProtoMessage } from './protobuf/proto-schema.js';
import { ProtobufWriters } from './protobuf/protobuf-writers.js';
import type { SchemaKind } from './remote-registry.js';
import { findRoles } from './roles.js';
import { compileRule, type Rule } from './rule.js';
import { bindShelf } from './shelf-binding.js';

/** One version of a subject's schema, as the registry has it. */
export interface SchemaVersion {
  readonly version: number;
  /** The registry's id, which framed bytes name; 0 for a schema of a registry elsewhere, whose ids `KnownSchema` is for. */
  readonly id: number;
  /** Default: Avro. */
  readonly kind?: SchemaKind;
  /** The `.avsc`, `.json` or `.proto` file. */
  readonly text: string;
  /** Schemas that it names, each after those that it names itself. Default: none. */
  readonly references?: readonly SchemaReference[];
}

/** A schema that others name, and what names it in a registry. */
export interface SchemaReference {
  /** How they name it: an Avro type's full name, or what `$ref` says. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
  readonly text: string;
}

export interface ContractSource {
  readonly subject: string;
  /** The `contract.yaml` file. */
  readonly text: string;
  /** The same, where it was read already. */
  readonly file?: ContractFile;
  readonly versions: readonly SchemaVersion[];
  /** For errors: where the files are. */
  readonly where: string;
}

/** Who wrote an event: a version of the contract's own, or a schema that a remote registry gave (`addWriter`). */
export type WriterKey = number | string;

/** A decoded event: the fields of the newest schema, in its order. */
export type Event = readonly Slot[];

/** No till, shop or warehouse system of today wrote anything earlier: such a time is a clock that was never set. */
const EVENT_TIME_MS_MIN = Date.UTC(2000, 0, 1);

/** What a subject's events are: how bytes become events, when an event is refused, and which columns it fills. */
export class Contract {
  readonly subject: string;
  readonly owner: string;
  readonly description: string;
  readonly compatibility: ContractFile['compatibility'];
  /** The `contract.yaml`, with its defaults filled in. */
  readonly file: ContractFile;
  /** Ascending; the last one is what silver and JSON follow. */
  readonly versions: readonly SchemaVersion[];
  /** Under which a registry elsewhere has its schemas, where `contract.yaml` says so. */
  readonly schemaSubject: string | null;
  /** CloudEvents types that mean this subject. */
  readonly types: readonly string[];
  /** Of the silver table, without the system's own. */
  readonly columns: readonly ColumnSpec[];
  /** JSON pointer of a field, with `*` for the entry that becomes a row -> its column. */
  readonly columnByPointer: ReadonlyMap<string, ColumnSpec>;
  /** Column -> how it is masked. */
  readonly personal: ReadonlyMap<string, Masking>;
  /** The same by the name of the field that the column comes from. */
  readonly personalFields: ReadonlyMap<string, Masking>;
  /** Columns that are not personal and hold JSON in which such fields may be. */
  readonly personalWithin: ReadonlySet<string>;
  readonly shelf: ShelfBinding | null;
  /** Columns of silver by which two events are told to be one. */
  readonly identity: IdentityColumns;
  /**
   * Columns of which the first that is given is the key of the event's record: what must stay in order has one key.
   * Empty: the event id is.
   */
  readonly keyColumns: readonly string[];
  readonly valueBytesMax: number;
  /** The newest schema. */
  readonly schema: AvroRecord;
  /** What is written in Protobuf, by its writers' keys. */
  readonly protobuf: ProtobufWriters;

  private readonly decoders = new Map<WriterKey, AvroDecoder>();
  /** What JSON has to keep to, by who wrote it; of others, the contract's own reader is enough. */
  private readonly jsonSchemas = new Map<WriterKey, JsonSchema | Problem>();
  /** Environment -> what is expected there. */
  private readonly expectations: Map<string, readonly ContractExpectation[]>;
  private readonly readJson: JsonReader;
  private readonly rules: readonly Rule[];
  private readonly misfit: (event: Event) => Problem | null;
  private readonly eventTimePointer: string;
  private readonly shape: BatchShape;
  private readonly fastShape: FastShape;
  private readonly writers = new Map<WriterKey, AvroRecord>();
  /** Of a contract in Protobuf. */
  private readonly newestMessage: ProtoMessage | null;
  private readonly rowsExpected: RowsExpected = { perRecord: 1 };
  private readonly fastAvro = new Map<WriterKey, FastRead | null>();
  private readonly fastJson = new Map<JsonSchema | Problem | null, FastRead | null>();

  /** Throws `contract_invalid`, naming file and field. */
  constructor(source: ContractSource) {
    const where = `${source.where}/contract.yaml`;
    const file = source.file ?? parseContractFile(source.text, where);
    this.versions = source.versions.toSorted((left, right) => left.version - right.version);
    const newest = this.versions.at(-1);
    if (!newest)
      throw new SetupError(
        'contract_invalid',
        `${source.where}: there is no schema: v1.avsc, or one that contract.yaml names in a registry, ` +
          `schema: { subject: ${source.subject}-value, version: 1 }`,
      );
    const schemas = this.versions.map((version) => ({
      version: version.version,
      ...parseSchema(version, file, source.where),
    }));
    requireCompatible(schemas, file.compatibility, source.where);
    const last = schemas[schemas.length - 1];
    const schema = last.record;
    const roles = findRoles(schema, file, where);
    const plans = planColumns(schema, file, where);

    this.subject = source.subject;
    this.owner = file.owner;
    this.description = file.description;
    this.compatibility = file.compatibility;
    this.schemaSubject = file.schema?.subject ?? null;
    this.types = file.types ?? [source.subject];
    this.file = file;
    this.columns = plans.map(({ spec }) => spec);
    this.columnByPointer = new Map(plans.map(({ pointer, spec }) => [pointer, spec]));
    this.shelf = bindShelf(file, schema, plans, where);
    this.personal = personalColumns(file, plans, where);
    this.personalFields = new Map(Object.entries(file.personal));
    this.personalWithin = personalWithin(schema, file, plans);
    this.identity = identityColumnsOf(source.subject, schema, file, plans);
    this.keyColumns = keyColumnsOf(file, plans, where);
    this.valueBytesMax = file.valueBytesMax;
    this.schema = schema;
    this.readJson = compileJsonReader(schema);
    this.rules = file.rules.map((rule) => compileRule(rule, schema, where));
    this.misfit = compileMisfit(plans, { field: file.rows, slot: roles.rowsSlot });
    this.eventTimePointer = `/${file.roles.eventTime}`;
    this.shape = { subject: source.subject, plans, shelf: this.shelf, ...roles };
    const scope = { subject: source.subject, schema, file, plans, where };
    this.expectations = new Map([...environmentsOf(file)].map((name) => [name, expectationsIn(scope, name)]));
    this.fastShape = fastShapeOf(this.shape, schema, file, EVENT_TIME_MS_MIN);
    this.protobuf = new ProtobufWriters(schema, this.fastShape);
    this.newestMessage = last.kind === 'protobuf' ? last.message : null;
    this.versions.forEach((one, index) => {
      const why = whyUnreadable(last, schemas[index]);
      if (why === null) this.addVersion(one, schemas[index], source.where);
      else this.leaveBehind(one, why);
    });
  }

  private addVersion(one: SchemaVersion, parsed: ParsedSchema, folder: string): void {
    const where = `${folder}/${schemaFileOf(one)}`;
    if (parsed.kind === 'protobuf') this.protobuf.add(one.version, parsed.message, where);
    else if (parsed.kind === 'json') this.jsonSchemas.set(one.version, parsed.json);
    else this.addAvro(one.version, parsed.record, where);
  }

  /** Modes that are not transitive backwards leave versions behind: what was written with one of them goes to quarantine. */
  private leaveBehind({ version, kind }: SchemaVersion, why: string): void {
    const refuse = new Problem('schema_mismatch', '', why);
    if (kind === 'protobuf') {
      this.protobuf.refuse(version, refuse);
      return;
    }
    if (kind === 'json') {
      this.jsonSchemas.set(version, refuse);
      return;
    }
    this.decoders.set(version, () => refuse);
    this.fastAvro.set(version, null);
  }

  private addAvro(key: WriterKey, writer: AvroRecord, where: string): void {
    this.decoders.set(key, compileAvroDecoder(writer, this.schema, where));
    this.writers.set(key, writer);
    this.fastAvro.delete(key);
  }

  /** What is expected of its events in an environment; of one that it does not name, what is expected everywhere. */
  expectationsIn(environment: string): readonly ContractExpectation[] {
    return this.expectations.get(environment) ?? this.expectations.get('') ?? [];
  }

  get newestVersion(): number {
    return this.versions[this.versions.length - 1].version;
  }

  /** Version that a CloudEvents type speaks of: `<type>.v2` is 2, anything else the newest. */
  versionOfType(type: string): number {
    const named = Number(/\.v(\d+)$/.exec(type)?.[1] ?? NaN);
    return this.versions.some(({ version }) => version === named) ? named : this.newestVersion;
  }

  /** How bytes of one of the contract's own versions are written. */
  kindOf(version: number): SchemaKind {
    return this.versions.find((one) => one.version === version)?.kind ?? 'avro';
  }

  /**
   * From now on, Avro that was written with this schema can be read under `key`. Its references come in an order in which each one only
   * names those before it. Throws `contract_invalid` when the newest schema cannot read what it writes.
   */
  addWriter(key: string, text: string, references: readonly string[]): void {
    const where = `${this.subject} ${key}`;
    this.addAvro(key, parseAvroSchema(text, where, references), where);
  }

  /** From now on, JSON of `key` is checked against this JSON Schema too. Throws `contract_invalid` when it cannot be compiled. */
  addJsonWriter(key: string, text: string, references: readonly NamedText[]): void {
    this.jsonSchemas.set(key, new JsonSchema(text, `${this.subject} ${key}`, references));
  }

  /** Decodes `bytes[start, end)`, one Avro value of a known writer. Never throws. */
  decodeAvro(bytes: Buffer, start: number, end: number, writer: WriterKey): Event | Problem {
    const decode = this.decoders.get(writer);
    if (!decode) throw new RangeError(`${this.subject} has no version ${writer}`);
    return decode(bytes, start, end);
  }

  /** The fields of bytes that do not decode, up to where they make no sense any more, as JSON. What they say is not to be trusted. */
  avroSoFar(bytes: Buffer, start: number, end: number, writer: WriterKey): Readonly<Record<string, unknown>> {
    const schema = this.writers.get(writer);
    return schema ? readAvroSoFar(schema, bytes, start, end) : {};
  }

  /**
   * Checks a parsed JSON value against the JSON Schema of who wrote it, where there is one, and reads it into the newest
   * schema. Never throws.
   */
  decodeJson(value: unknown, writer: WriterKey = this.newestVersion): Event | Problem {
    const schema = this.jsonSchemas.get(writer);
    const refusal = schema instanceof JsonSchema ? schema.check(value) : schema;
    if (refusal) return refusal;
    const event = this.readJson(
      this.newestMessage ? fromProtoJson(value, this.schema, this.newestMessage) : value,
    );
    const isBadTime =
      event instanceof Problem && event.message === NOT_A_TIME && event.pointer === this.eventTimePointer;
    return isBadTime ? new Problem('event_time_invalid', event.pointer, event.message) : event;
  }

  /** The event as a producer of the newest version would write it in JSON. */
  toJson(event: Event): object {
    const write = this.kindOf(this.newestVersion) === 'json' ? toSchemaJson : toNatural;
    return write(this.schema, event) as object;
  }

  /** Reads Avro straight into columns (see `FastRead`); null when every event of the writer has to be decoded. */
  fastAvroReader(writer: WriterKey): FastRead | null {
    const known = this.fastAvro.get(writer);
    if (known !== undefined) return known;
    const schema = this.writers.get(writer);
    const read = schema ? compileFastAvro(schema, this.fastShape) : null;
    this.fastAvro.set(writer, read);
    return read;
  }

  /** Reads JSON straight into columns (see `FastRead`); null when every event of the writer has to be parsed. */
  fastJsonReader(writer: WriterKey = this.newestVersion): FastRead | null {
    const schema = this.jsonSchemas.get(writer) ?? null;
    const known = this.fastJson.get(schema);
    if (known !== undefined) return known;
    const demands = schema instanceof JsonSchema ? demandsOf(schema, this.fastShape) : null;
    const read = schema && !demands ? null : compileFastJson(this.fastShape, demands);
    this.fastJson.set(schema, read);
    return read;
  }

  eventTimeMs(event: Event): number {
    return this.shape.eventTimeMs(event);
  }

  /** Why a decoded event is refused, or null. `timeMsMax`: how late its time may be. Never throws. */
  check(event: Event, timeMsMax: number): Problem | null {
    const timeMs = this.shape.eventTimeMs(event);
    if (timeMs < EVENT_TIME_MS_MIN)
      return new Problem('event_time_invalid', this.eventTimePointer, 'before the year 2000');
    if (timeMs > timeMsMax)
      return new Problem(
        'event_time_in_future',
        this.eventTimePointer,
        'further ahead than a clock may be of the time at which the broker took it',
      );
    return this.misfit(event) ?? this.checkRules(event);
  }

  private checkRules(event: Event): Problem | null {
    for (let index = 0; index < this.rules.length; index++) {
      const problem = this.rules[index](event);
      if (problem) return problem;
    }
    return null;
  }

  /** `bytes` and `records` (how many) are those of the record batch that the events come from. */
  newBatch(bytes: Buffer, records: number): EventBatchBuilder {
    return new EventBatchBuilder(this.shape, bytes, records, this.rowsExpected);
  }
}
