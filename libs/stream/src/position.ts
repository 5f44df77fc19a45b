/**
 * A record's place in its partition: a Kafka offset, a Kinesis sequence number, a row of the embedded log.
 * Opaque, ordered, not negative: stages never see one, sinks only compare and store them. Kinesis needs 186 bits and 20 more
 * for the place inside an aggregated record, hence bigint; the lake keeps up to 248.
 */
export type Position = bigint;

/** Beyond every position. */
export const POSITION_END: Position = 1n << 256n;

/**
 * Partition -> the position of the next record to read: everything below it is durable or accounted for.
 * Positions may have holes (Kafka's transaction markers), so compare with `<`, never with `=== next`.
 */
export type Checkpoint = ReadonlyMap<string, Position>;
