/**
 * Alerts of the line itself. No service is broken for it: series are made up as services would show them, with chance in what is normal
 * (restarts, short waits, odd records) and in how bad the trouble is, and the real rules are asked by a real Prometheus.
 */
import { wilson } from '@gondola/kpi';
import { ALERTS } from '@gondola/monitoring';
import { createRandom } from '@gondola/stream';
import { poisson } from '../../libs/simulate/dist/samplers.js';
import { firedBetween } from './alerts-fired.mjs';
import { backfill, startPrometheus } from './prometheus.mjs';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const STEP_SECONDS = 60;
/** Each has a day and a half of its own; trouble begins within its second half and stays. */
const MINUTES = 1.5 * DAY_MINUTES;
const BEGIN_MS = Date.UTC(2026, 0, 5);
/** A part of the text is read for each two hours of it. */
const PART_MINUTES = 360;

const draw = (random, low, high) => low + (high - low) * random.unit();
/** In logarithms: as often between .01 and .1 as between .1 and 1. */
const drawScale = (random, low, high) => low * (high / low) ** random.unit();
const gauge = (name, labels, at) => ({ name, labels, at });
/** Grows by what `perMinute` says, from 0 after a restart. */
function counter(name, labels, perMinute, isDown = () => false) {
  let total = 0;
  return gauge(name, labels, (minute) => {
    if (isDown(minute)) {
      total = 0;
      return null;
    }
    return (total += perMinute(minute));
  });
}
const seconds = (minute) => BEGIN_MS / 1000 + minute * 60;

/** Name of the alert -> `(v, random, begin)` makes its series; `label` tells one from the other. `v` also names them. */
const TROUBLES = {
  ServiceDown: {
    label: 'instance',
    // Restarts of a minute are normal.
    make: (v, random, begin) => {
      const restart = random.below(begin - 10);
      return [
        gauge('up', { job: 'gondola-detect', instance: v }, (at) => Number(at < begin && at !== restart)),
      ];
    },
  },
  LineLagging: {
    label: 'stream',
    // A busy half hour is normal.
    make: (v, random, begin) => {
      const [usual, capacity] = [drawScale(random, 600, 600_000), draw(random, 1.5, 3)];
      const over = draw(random, 1.15, 2);
      const busy = random.below(begin - 200);
      let [lag, read] = [0, 0];
      const go = (at) => {
        const load =
          at >= begin ? over * capacity : at >= busy && at < busy + 30 ? 1.4 : draw(random, 0.7, 1.2);
        const come = poisson(random, usual * load);
        read = Math.min(lag + come, usual * capacity);
        lag += come - read;
      };
      const labels = { pipeline: 'ingest', stream: v };
      return [
        counter('gondola_records_received_total', labels, (at) => {
          go(at);
          return read;
        }),
        gauge('gondola_lag_records', { ...labels, partition: '0' }, () => Math.round(lag)),
      ];
    },
  },
  FreshnessBudgetBurnsFast: {
    label: 'pipeline',
    make: (v, random, begin) => freshness(v, random, begin, drawScale(random, 0.1, 1)),
  },
  FreshnessBudgetBurnsSlowly: {
    label: 'pipeline',
    make: (v, random, begin) => freshness(v, random, begin, drawScale(random, 0.04, 0.1)),
  },
  CommitsFenced: {
    label: 'stream',
    // A rebalance may fence a commit or two.
    make: (v, random, begin) => {
      const [perMinute, rebalance] = [drawScale(random, 0.8, 20), random.below(begin - 30)];
      const fenced = (at) => (at >= begin ? poisson(random, perMinute) : at === rebalance ? 2 : 0);
      return [counter('gondola_fenced_commits_total', { pipeline: 'ingest', stream: v }, fenced)];
    },
  },
  QuarantineShareHigh: {
    label: 'subject',
    make: (v, random, begin) => {
      const [perMinute, bad, odd] = [
        drawScale(random, 20, 20_000),
        drawScale(random, 0.02, 1),
        draw(random, 0, 0.002),
      ];
      const shareAt = (at) => (at >= begin ? bad : odd);
      const of = { pipeline: 'ingest', stream: 'events', subject: v };
      return [
        counter('gondola_quarantined_records_total', { ...of, reason: 'rule_broken' }, (at) =>
          poisson(random, perMinute * shareAt(at)),
        ),
        counter('gondola_silver_rows_total', of, (at) => poisson(random, perMinute * (1 - shareAt(at)))),
      ];
    },
  },
  RegistryUnreachable: { label: 'pipeline', make: (...of) => outage('registry', ...of) },
  LakeUnreachable: { label: 'pipeline', make: (...of) => outage('lake', ...of) },
  StreamUnreachable: { label: 'pipeline', make: (...of) => outage('stream', ...of) },
  SnapshotTooOld: {
    label: 'stream',
    make: (v, random, begin) => {
      const [every, offset] = [draw(random, 5, 20), draw(random, 0, 5)];
      const newest = (at) => Math.floor((Math.min(at, begin) - offset) / every) * every + offset;
      const of = { pipeline: 'detect', stream: v };
      return [
        gauge('gondola_state_snapshot_timestamp_seconds', of, (at) => seconds(newest(at))),
        counter('gondola_records_received_total', of, () => poisson(random, 500)),
      ];
    },
  },
  ModelStale: {
    label: 'pipeline',
    make: (v, _random, begin, { modelAgeDays }) => {
      const trained = seconds(begin) - modelAgeDays * 86_400;
      return [
        gauge('gondola_model_trained_timestamp_seconds', { pipeline: v, model: 'champion' }, () => trained),
      ];
    },
  },
  ModelRefused: {
    label: 'stream',
    // Until the next look a new model may be refused that is only half written.
    make: (v, random, begin) => {
      const once = random.below(begin - 30);
      const refused = (at) => Number(at >= begin || (at >= once && at < once + 10));
      return [gauge('gondola_model_refused', { pipeline: 'detect', stream: v }, refused)];
    },
  },
  CertificateExpiresSoon: {
    label: 'file',
    make: (v, random, begin, { certificateDaysLeft }) => {
      const ends = seconds(begin) + certificateDaysLeft * 86_400;
      const restart = random.below(begin - 10);
      const notAfter = (at) => (at >= restart && at < restart + 3 ? null : ends);
      return [gauge('gondola_certificate_expiry_timestamp_seconds', { file: v }, notAfter)];
    },
  },
  KeyExpiresSoon: {
    label: 'producer',
    make: (v, _random, begin, { keyDaysLeft }) => {
      const ends = seconds(begin) + keyDaysLeft * 86_400;
      return [gauge('gondola_key_expiry_timestamp_seconds', { producer: v }, () => ends)];
    },
  },
  DetectorSilent: {
    label: 'stream',
    // Hours are judged minutes after their end; then none is any more.
    make: (v, random, begin) => {
      const late = draw(random, 4, 15);
      const judged = (at) => Math.floor((Math.min(at, begin) - late) / 60) * 60;
      const of = { pipeline: 'detect', stream: v };
      return [gauge('gondola_detect_judged_timestamp_seconds', of, (at) => seconds(judged(at)))];
    },
  },
  VerdictPrecisionLow: {
    label: 'kind',
    // Three in four are right; then one or two in six, and those before are kept.
    make: (v, random, begin) => {
      const [good, bad, perMinute] = [
        draw(random, 0.65, 0.9),
        draw(random, 0.1, 0.3),
        draw(random, 0.15, 0.5),
      ];
      let [right, all] = [poisson(random, 30 * good), 30];
      const high = (at) => {
        const looked = poisson(random, perMinute / (at >= begin ? 1 : 20));
        for (let n = 0; n < looked; n++) right += Number(random.unit() < (at >= begin ? bad : good));
        all += looked;
        right = Math.min(right, all);
        return wilson(right, all).high;
      };
      return [gauge('gondola_signals_precision_ratio', { kind: v, bound: 'high' }, high)];
    },
  },
};

/** Of some commits a minute a share is readable too late. */
function freshness(v, random, begin, bad) {
  const [perMinute, odd] = [draw(random, 3, 60), draw(random, 0, 0.003)];
  let [all, late] = [0, 0];
  const commits = (at) => {
    all = poisson(random, perMinute);
    late = Math.min(all, poisson(random, all * (at >= begin ? bad : odd)));
    return all;
  };
  const of = { pipeline: v };
  return [
    counter('gondola_freshness_seconds_count', of, commits),
    counter('gondola_freshness_seconds_bucket', { ...of, le: '60' }, () => all - late),
  ];
}

/** Waits of less than a minute and a half come by. */
function outage(what, v, random, begin) {
  const short = random.below(begin - 10);
  return [
    gauge('gondola_outage', { pipeline: v, what }, (at) =>
      Number(at >= begin || (at >= short && at < short + 2)),
    ),
  ];
}

/** `kept`: the database is there already. Returns, of each alert, how many troubles it found, after how long, and what it said before. */
export async function lineTroubles({ each, seed, context, dir, kept }) {
  const all = Object.entries(TROUBLES).flatMap(([name, { label, make }], at) =>
    Array.from({ length: each }, (_, n) => {
      const random = createRandom(seed, at, n);
      const begin = DAY_MINUTES / 2 + random.below(DAY_MINUTES / 4);
      const v = `${name}-${n}`;
      return { name, label, v, begin, series: make(v, random, begin, context.limits) };
    }),
  );
  if (!kept) write(all, dir);
  const alerts = ALERTS.filter(({ name }) => name in TROUBLES);
  const span = { fromMs: BEGIN_MS, untilMs: BEGIN_MS + MINUTES * MINUTE_MS, stepSeconds: STEP_SECONDS };
  const prometheus = await startPrometheus(dir, '5m');
  try {
    const fired = await firedBetween(prometheus, alerts, context, span);
    return Object.fromEntries(Object.keys(TROUBLES).map((name) => [name, foundOf(name, all, fired)]));
  } finally {
    await prometheus.stop();
  }
}

function foundOf(name, all, fired) {
  const troubles = all.filter((one) => one.name === name);
  const minutes = [];
  let before = 0;
  for (const { label, v, begin } of troubles) {
    const own = fired.filter((one) => one.name === name && one.labels[label] === v);
    const afterMinutes = own.map(({ fromMs }) => (fromMs - BEGIN_MS) / MINUTE_MS - begin);
    before += afterMinutes.filter((after) => after < 0).length;
    const first = afterMinutes.find((after) => after >= 0);
    if (first !== undefined) minutes.push(first);
  }
  minutes.sort((a, b) => a - b);
  return {
    ...{ injected: troubles.length, found: minutes.length },
    ...{ minutes_median: minutes[minutes.length >> 1], before_the_trouble: before },
  };
}

/** In order of time: counters go on from part to part. */
function write(all, dir) {
  const series = all.flatMap(({ series: some }) => some);
  const names = series.map(({ name, labels }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return `${name}{${pairs.join(',')}}`;
  });
  for (let from = 0; from < MINUTES; from += PART_MINUTES) {
    const lines = [];
    for (let minute = from; minute < Math.min(MINUTES, from + PART_MINUTES); minute++)
      for (const [index, { at }] of series.entries()) {
        const value = at(minute);
        if (value !== null) lines.push(`${names[index]} ${value} ${seconds(minute)}`);
      }
    backfill(`${lines.join('\n')}\n# EOF\n`, dir);
  }
}
