import { Problem, type Contract, type ContractLookup, type EventBatchBuilder } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { SetupError, type RecordBatch, type Rejection, type Stage } from '@gondola/stream';
import { createRecognise, refused, type Recognised } from './framing.js';

/** How far a till's clock may run ahead of ours before we stop believing its event time. */
const FUTURE_MS_MAX = 5 * 60_000;

export interface ValidateOptions {
  readonly registry: ContractLookup;
  /** Subject of JSON that says nothing of itself; null: such records are refused. */
  readonly defaultSubject: string | null;
  readonly futureMsMax?: number;
}

/**
 * Records -> events of their contracts, one batch for each subject, in the order in which the subjects appear.
 * Every record that is no event of a contract is quarantined with the reason; running the stage never throws.
 * Making it throws `config_invalid` when the default subject has no contract.
 */
export function createValidateStage(options: ValidateOptions): Stage<RecordBatch, readonly EventBatch[]> {
  const { registry, defaultSubject, futureMsMax = FUTURE_MS_MAX } = options;
  if (defaultSubject !== null && !registry.contractOf(defaultSubject))
    throw new SetupError('config_invalid', `defaultSubject: there is no contract ${defaultSubject}`);
  const recognise = createRecognise(options);

  function judge(records: RecordBatch, bytes: Buffer, index: number, timeMsMax: number): Recognised {
    const length = records.valueLength[index];
    if (length <= 0) return refused('value_empty', 'the record has no value');
    const start = records.valueStart[index];
    const found = recognise(bytes, start, start + length, () => records.headersAt(index));
    if (found.event instanceof Problem || !found.contract) return found;
    const problem = found.contract.check(found.event, timeMsMax);
    return problem ? { ...found, event: problem } : found;
  }

  return {
    name: 'validate',
    run(records) {
      const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset, records.bytes.length);
      const builders = new Map<Contract, EventBatchBuilder>();
      const rejected: Rejection[] = [];
      for (let index = 0; index < records.count; index++) {
        // Against the time at which the broker took the record, not against ours: read again after a crash, or
        // rebuilt from bronze years later, the record must get the same answer.
        const timeMsMax = records.timestampMs[index] + futureMsMax;
        const { event, contract, version } = judge(records, bytes, index, timeMsMax);
        if (event instanceof Problem) rejected.push(quarantine(index, event, contract, version));
        else if (contract && version !== null) builderOf(builders, contract).append(event, index, version);
      }
      return { value: [...builders.values()].map((builder) => builder.build()), rejected };
    },
  };
}

function builderOf(builders: Map<Contract, EventBatchBuilder>, contract: Contract): EventBatchBuilder {
  const known = builders.get(contract);
  if (known) return known;
  const builder = contract.newBatch();
  builders.set(contract, builder);
  return builder;
}

function quarantine(
  index: number,
  problem: Problem,
  contract: Contract | null,
  schemaVersion: number | null,
): Rejection {
  const { reason, pointer, message } = problem;
  const subject = contract?.subject ?? null;
  return { kind: 'quarantine', index, stage: 'validate', reason, pointer, message, subject, schemaVersion };
}
