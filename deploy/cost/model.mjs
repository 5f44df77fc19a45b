/** What a line costs in a month, from what was measured, what is assumed and what things cost. */

const DAYS = 30.4;
const HOURS = 24 * DAYS;
const MEGA = 1e6;
const GIGA = 1e9;
/** Of one part of a snapshot, an object (libs/sink/lake/src/state-files.ts). */
const SNAPSHOT_PART_BYTES = 8 * 2 ** 20;
/** A shard or throughput unit takes that much. */
const STREAM_UNIT_BYTES_PER_SECOND = MEGA;

/**
 * `stores` of a chain on one cloud: amounts a month and their dollars. Services take what CPU they need at the peak, and never less
 * than their least instances ask for, or than what has the memory for detect's shelves.
 */
export function costOf(stores, { figures, assumed, prices }) {
  const eventsADay = stores * assumed.storeSalesADay;
  const eventsPerSecondPeak = (eventsADay / (assumed.openHours * 3_600)) * assumed.peakToMean;
  const amounts = {
    ...computeOf({ stores, eventsADay, eventsPerSecondPeak }, figures, assumed),
    ...storageOf({ stores, eventsADay }, figures, assumed),
    ...requestsOf({ stores }, figures, assumed),
    ...streamOf({ eventsADay, eventsPerSecondPeak }, figures, assumed),
  };
  const dollars = dollarsOf(amounts, prices);
  const total = Object.values(dollars).reduce((sum, one) => sum + one, 0);
  const millions = (eventsADay * DAYS) / MEGA;
  return { stores, millions, amounts, dollars, total, perMillion: total / millions };
}

function computeOf({ stores, eventsADay, eventsPerSecondPeak }, figures, assumed) {
  const peakMillions = eventsPerSecondPeak / MEGA;
  const shelves = stores * assumed.shelvesOfStore;
  const stateGb = (shelves * figures.stateBytesPerShelf) / GIGA;
  const atPeak = {
    collector: peakMillions * figures.collectorCpuSecondsPerMillion,
    ingest: peakMillions * figures.ingestCpuSecondsPerMillion,
    // All shelves are scored once an hour, besides.
    detect:
      peakMillions * figures.detectCpuSecondsPerMillion + shelves / figures.shelfHoursPerCpuSecond / 3_600,
    api: 0,
  };
  const services = Object.entries(atPeak).map(([name, cores]) => {
    const least = assumed.leastInstances[name] * assumed.vcpuOfInstance[name];
    const forMemory = name === 'detect' ? (stateGb * assumed.memoryOfState) / assumed.memoryGbOfVcpu : 0;
    return Math.max(least, forMemory, cores / assumed.cpuShareUsed);
  });
  const compacted = (2 * eventsADay) / figures.compactRowsPerCpuSecond;
  const upkeepCpuSecondsADay = compacted + (eventsADay / MEGA) * figures.reconcileCpuSecondsPerMillion;
  const vcpus = services.reduce((sum, one) => sum + one, 0);
  return { vcpuHours: vcpus * HOURS + (upkeepCpuSecondsADay * DAYS) / 3_600, clusterHours: HOURS };
}

function storageOf({ stores, eventsADay }, figures, assumed) {
  const tables = (figures.bronzeBytesPerEvent + figures.silverBytesPerEvent) * assumed.tableCopies;
  const snapshot = stores * assumed.shelvesOfStore * figures.snapshotBytesPerShelf;
  const snapshots = (assumed.snapshotKeptDays * 86_400) / assumed.snapshotSeconds;
  return {
    tableGb: (eventsADay * assumed.keptDays * tables) / GIGA,
    snapshotGb: (snapshot * snapshots * (assumed.openHours / 24)) / GIGA,
  };
}

function requestsOf({ stores }, figures, assumed) {
  const openSeconds = assumed.openHours * 3_600 * DAYS;
  const commits = (service) =>
    (openSeconds / assumed[`${service}CommitSeconds`]) * assumed.leastInstances[service];
  const snapshotBytes = stores * assumed.shelvesOfStore * figures.snapshotBytesPerShelf;
  const snapshotWrites =
    (openSeconds / assumed.snapshotSeconds) * Math.ceil(snapshotBytes / SNAPSHOT_PART_BYTES + 1);
  const writes =
    commits('ingest') * figures.ingestWritesPerCommit +
    commits('detect') * figures.detectWritesPerCommit +
    snapshotWrites;
  return { writes };
}

function streamOf({ eventsADay, eventsPerSecondPeak }, figures, assumed) {
  const bytesPerSecondPeak = eventsPerSecondPeak * figures.eventBytes;
  // One unit for each instance at least, as an instance reads whole partitions.
  const units = Math.max(
    assumed.leastInstances.ingest,
    Math.ceil(bytesPerSecondPeak / STREAM_UNIT_BYTES_PER_SECOND / assumed.cpuShareUsed),
  );
  const kept = assumed.streamKeptDays > 1 ? units * HOURS : 0;
  return { streamUnitHours: units * HOURS, streamKeptUnitHours: kept, streamWrites: eventsADay * DAYS };
}

function dollarsOf(amounts, prices) {
  const usd = (name) => prices[name].usd;
  return {
    compute: amounts.vcpuHours * usd('vcpuHour') + amounts.clusterHours * usd('clusterHour'),
    tables: amounts.tableGb * usd('storageGbMonth'),
    snapshots: amounts.snapshotGb * usd('storageGbMonth'),
    requests: (amounts.writes / 1_000) * usd('writesPerThousand'),
    stream:
      amounts.streamUnitHours * usd('streamUnitHour') +
      amounts.streamKeptUnitHours * usd('streamKeptUnitHour') +
      (amounts.streamWrites / MEGA) * usd('streamWritesPerMillion'),
  };
}
