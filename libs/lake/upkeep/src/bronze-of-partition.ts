import { GondolaError, type Position, type RecordBatch } from '@gondola/stream';
import { isContiguous, openBronze, positionsOfDates } from './bronze-index.js';
import { readBronzeRecords } from './bronze-records.js';
import { ALL_DATES, type UpkeepDeps } from './upkeep-deps.js';

export interface BronzeOfPartition {
  /** Throws `input_invalid` naming what bronze does not have of these positions (any more). */
  requireFrom(from: Position, to: Position): void;
  /** Records from `from` to before `to` in the order of their positions. */
  read(from: Position, to: Position): AsyncGenerator<RecordBatch>;
}

/** Bronze of one partition, for who reads it as the stream was read. Throws `input_invalid` when the stream has none. */
export async function bronzeOfPartition(
  deps: UpkeepDeps,
  stream: string,
  partition: string,
): Promise<BronzeOfPartition> {
  const bronze = await openBronze(deps, stream);
  const held = (await positionsOfDates(deps, bronze, ALL_DATES)).get(partition);
  const withoutHoles = await isContiguous(deps, bronze);
  const missing = (what: string) =>
    new GondolaError('input_invalid', `bronze of ${stream}/${partition} ${what}`, false);
  return {
    requireFrom(from, to) {
      if (!held) throw missing('has no records');
      // Where positions have holes, nobody can tell whether the first one was there.
      const isCut = held.from > from && (withoutHoles || bronze.expiredBefore !== null);
      const expired = bronze.expiredBefore && `, records before ${bronze.expiredBefore} were expired`;
      if (isCut) throw missing(`begins at ${held.from}, ${from} is needed${expired ?? ''}`);
      if (held.to < to)
        throw missing(`ends before ${held.to}, ${to - 1n} is needed: ingest has not come so far`);
    },
    async *read(from, to) {
      if (from >= to) return;
      const ranges = new Map([[partition, { from, to }]]);
      let count = 0n;
      for await (const { records } of readBronzeRecords(deps, bronze, { stream, ranges, withValues: true })) {
        count += BigInt(records.count);
        deps.progress(`${stream}/${partition}: ${records.nextPosition} of ${to}`);
        yield records;
      }
      if (withoutHoles && count !== to - from)
        throw missing(`lacks ${to - from - count} of the records ${from} to ${to - 1n}`);
    },
  };
}
