import {
  Problem,
  type Contract,
  type ContractLookup,
  type EventBatchBuilder,
  type RemoteLookup,
} from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { SetupError, type RecordBatch, type Rejection, type Stage, type StageResult } from '@gondola/stream';
import { createDecodeRecord, refused, type Recognised } from './decode-record.js';
import { createFrameOf } from './framing.js';
import { createHoldBack } from './hold-back.js';

/** How far a till's clock may run ahead of ours before we stop believing its event time. */
const FUTURE_MS_MAX = 5 * 60_000;

/** Called so often that V8 compiles the function: a loop over a whole batch it would compile anew for each batch. */
const SLICE_RECORDS = 256;

export interface ValidateOptions {
  readonly registry: ContractLookup;
  /** Subject of JSON that says nothing of itself; null: such records are refused. */
  readonly defaultSubject: string | null;
  readonly futureMsMax?: number;
  /**
   * Whose expectations may keep records out of silver; left out: those that no environment has of its own. Records that say they are
   * of another one are quarantined.
   */
  readonly environment?: string;
}

/**
 * Records -> events of their contracts, one batch for each subject, in the order in which the subjects appear.
 * Every record that is no event of a contract is quarantined with the reason; running the stage never throws, but when
 * a remote registry refuses us before anything is known.
 * Making it throws `config_invalid` when the default subject has no contract.
 */
export function createValidateStage(options: ValidateOptions): Stage<RecordBatch, readonly EventBatch[]> {
  const { registry, defaultSubject, futureMsMax = FUTURE_MS_MAX, environment = '' } = options;
  if (defaultSubject !== null && !registry.contractOf(defaultSubject))
    throw new SetupError('config_invalid', `defaultSubject: there is no contract ${defaultSubject}`);
  const frameOf = createFrameOf(options);
  const decodeRecord = createDecodeRecord(options);
  const holdBack = createHoldBack(registry, environment);

  /** Puts the record's event into its batch, or says why it has none. */
  function validateRecord(batches: Batches, index: number): Recognised | null {
    const { records, bytes } = batches;
    const start = records.valueStart[index];
    const length = records.valueLength[index];
    if (length <= 0) return refused('value_empty', 'the record has no value');
    const frame = frameOf(records, bytes, index);
    if ('event' in frame) return frame;

    const end = start + length;
    // Against the time at which the broker took the record, not against ours: read again after a crash, or
    // rebuilt from bronze years later, the record must get the same answer.
    const timeMsMax = records.timestampMs[index] + futureMsMax;
    const { contract, version, prefixBytes, readFast } = frame;
    if (contract && readFast && length <= contract.valueBytesMax)
      if (readFast(batches.of(contract), index, version, start + prefixBytes, end, timeMsMax)) return null;

    const found = decodeRecord(frame, bytes, start, end);
    if (found.event instanceof Problem || !found.contract || found.version === null) return found;
    const problem = found.contract.check(found.event, timeMsMax);
    if (problem) return { ...found, event: problem };
    batches.of(found.contract).append(found.event, index, found.version);
    return null;
  }

  function validateSlice(batches: Batches, from: number, to: number, rejected: Rejection[]): void {
    for (let index = from; index < to; index++) {
      const refusal = validateRecord(batches, index);
      if (refusal?.event instanceof Problem) rejected.push(quarantine(index, refusal.event, refusal));
    }
  }

  function judge(records: RecordBatch): StageResult<readonly EventBatch[]> {
    const batches = new Batches(records);
    const rejected: Rejection[] = [];
    for (let from = 0; from < records.count; from += SLICE_RECORDS)
      validateSlice(batches, from, Math.min(from + SLICE_RECORDS, records.count), rejected);
    return holdBack({ value: batches.build(), rejected }, records);
  }

  const { remote } = registry;
  return remote ? throughRemote(remote, judge) : { name: 'validate', run: judge };
}

type Judge = (records: RecordBatch) => StageResult<readonly EventBatch[]>;

/** Looking up a schema that is not known asks for it; whether its records wait for the answer is the lookup's to say. */
function throughRemote(remote: RemoteLookup, judge: Judge): Stage<RecordBatch, readonly EventBatch[]> {
  function run(records: RecordBatch): ReturnType<Judge> | Promise<ReturnType<Judge>> {
    remote.begin(records.partition);
    const result = judge(records);
    const more = remote.more();
    return more === null ? result : more.then(() => run(records));
  }
  return {
    name: 'validate',
    run,
    assigned: (starts) => remote.ready(starts),
    idle: () => {
      remote.idle();
      return null;
    },
  };
}

/** The batches of one run. */
class Batches {
  readonly bytes: Buffer;
  private readonly builders = new Map<Contract, EventBatchBuilder>();
  private lastContract: Contract | null = null;
  private lastBuilder: EventBatchBuilder | null = null;

  constructor(readonly records: RecordBatch) {
    const { bytes } = records;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  of(contract: Contract): EventBatchBuilder {
    if (contract === this.lastContract && this.lastBuilder) return this.lastBuilder;
    let builder = this.builders.get(contract);
    if (!builder) {
      builder = contract.newBatch(this.bytes, this.records.count);
      this.builders.set(contract, builder);
    }
    this.lastContract = contract;
    this.lastBuilder = builder;
    return builder;
  }

  /** Those that have events, in the order of their first ones. */
  build(): readonly EventBatch[] {
    return [...this.builders.values()]
      .filter(({ rows }) => rows > 0)
      .sort((left, right) => left.recordIndex[0] - right.recordIndex[0])
      .map((builder) => builder.build());
  }
}

function quarantine(index: number, problem: Problem, { contract, version }: Recognised): Rejection {
  const { reason, pointer, message } = problem;
  const [subject, schemaVersion] = [contract?.subject ?? null, version];
  return { kind: 'quarantine', index, stage: 'validate', reason, pointer, message, subject, schemaVersion };
}
