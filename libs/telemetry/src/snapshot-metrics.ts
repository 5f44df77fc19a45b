/** Of state snapshots: what a restart has to read again. */
export const SNAPSHOT_METRICS = {
  snapshotTime: {
    name: 'gondola_state_snapshot_timestamp_seconds',
    kind: 'gauge',
    help: 'When the oldest of the newest state snapshots of all partitions was made, in seconds since 1970: a restart reads again from there',
    labels: ['pipeline', 'stream'],
  },
  snapshotBytes: {
    name: 'gondola_state_snapshot_bytes_total',
    kind: 'counter',
    help: 'Bytes of state snapshots written',
    labels: ['pipeline', 'stream'],
  },
  snapshotDuration: {
    name: 'gondola_state_snapshot_duration_seconds',
    kind: 'histogram',
    help: 'Time that writing one state snapshot took, while events went on',
    labels: ['pipeline'],
    buckets: [0.05, 0.25, 1, 5, 15, 60, 300],
  },
} as const;
