import { humanizeDuration, level, perMinute, type Alert } from './alert.js';

const DAY_SECONDS = 86_400;

/** What ages: snapshots, models, certificates, keys. Tests of promtool begin at the time 0. */
export const UPKEEP_ALERTS: readonly Alert[] = [
  {
    name: 'SnapshotTooOld',
    ...{ team: 'platform', severity: 'warning', cause: 'detection' },
    // Where nothing comes, as in a night, there is nothing new to save.
    expr: ({ limits, minutes }) =>
      `time() - min by (pipeline, stream) (gondola_state_snapshot_timestamp_seconds) > ${limits.snapshotAgeMinutes * 60}\n` +
      `and sum by (pipeline, stream) (increase(gondola_records_received_total[${minutes(10)}])) > 0`,
    forMinutes: () => 5,
    summary: {
      en: '{{ $labels.pipeline }}: its newest state snapshot is too old; a restart would read {{ $labels.stream }} again from there',
      es: '{{ $labels.pipeline }}: su último snapshot de estado es muy viejo; un reinicio releería {{ $labels.stream }} desde ahí',
    },
    action: {
      en: 'Look for refused writes to the lake in detect’s log; do not restart it before a snapshot was made, if it can wait',
      es: 'Busque escrituras rechazadas al lago en el log de detect; si puede esperar, no lo reinicie antes de que haya un snapshot',
    },
    proof: ({ snapshotAgeMinutes }) => ({
      series: [
        perMinute('gondola_records_received_total{pipeline="detect", stream="events"}', 60, 60, 60),
        level(
          'gondola_state_snapshot_timestamp_seconds{pipeline="detect", stream="events"}',
          0,
          snapshotAgeMinutes * 60,
          3 * DAY_SECONDS,
        ),
      ],
      labels: { pipeline: 'detect', stream: 'events' },
      ...{ shown: '', lookBackMinutes: snapshotAgeMinutes },
    }),
  },
  {
    name: 'ModelStale',
    ...{ team: 'data', severity: 'info', cause: 'detection' },
    expr: ({ limits }) =>
      `time() - max by (pipeline) (gondola_model_trained_timestamp_seconds{model!="challenger"}) > ${limits.modelAgeDays * DAY_SECONDS}`,
    forMinutes: () => 60,
    summary: {
      en: 'The model in use knows nothing of the last {{ $value | humanizeDuration }}',
      es: 'El modelo en uso no sabe nada de los últimos {{ $value | humanizeDuration }}',
    },
    action: {
      en: 'Train on newer days (npx gondola train --lake), let it challenge, compare, promote',
      es: 'Entrene con días más nuevos (npx gondola train --lake), póngalo a retar, compare, promueva',
    },
    proof: ({ modelAgeDays }) => ({
      // A day older than it may be, an hour and more younger, new.
      series: [
        level(
          'gondola_model_trained_timestamp_seconds{pipeline="detect", model="champion"}',
          -(modelAgeDays + 1) * DAY_SECONDS,
          -modelAgeDays * DAY_SECONDS + 6 * 3600,
          0,
        ),
      ],
      ...{
        labels: { pipeline: 'detect' },
        shown: (seconds) => humanizeDuration((modelAgeDays + 1) * DAY_SECONDS + seconds),
      },
    }),
  },
  {
    name: 'ModelRefused',
    ...{ team: 'data', severity: 'warning', cause: 'detection' },
    expr: () => 'max by (pipeline, stream) (gondola_model_refused) == 1',
    forMinutes: ({ modelRefusedForMinutes }) => modelRefusedForMinutes,
    summary: {
      en: 'The lake names a model that detection cannot use; the one before goes on',
      es: 'El lago nombra un modelo que la detección no puede usar; sigue el anterior',
    },
    action: {
      en: 'Read why in detect’s log, then npx gondola models rollback, or promote one that fits this version',
      es: 'Lea por qué en el log de detect, luego npx gondola models rollback, o promueva uno que sirva a esta versión',
    },
    proof: () => ({
      series: [level('gondola_model_refused{pipeline="detect", stream="events"}', 1, 0, 0)],
      labels: { pipeline: 'detect', stream: 'events' },
      ...{ shown: '1', hasBelow: false },
    }),
  },
  {
    name: 'CertificateExpiresSoon',
    ...{ team: 'platform', severity: 'warning', cause: 'expiry' },
    expr: ({ limits }) =>
      `min by (file) (gondola_certificate_expiry_timestamp_seconds) - time() < ${limits.certificateDaysLeft * DAY_SECONDS}`,
    forMinutes: () => 60,
    summary: {
      en: 'The certificate {{ $labels.file }} ends in {{ $value | humanizeDuration }}',
      es: 'El certificado {{ $labels.file }} vence en {{ $value | humanizeDuration }}',
    },
    action: {
      en: 'Renew it, put it where the old one is, restart the services that use it one by one',
      es: 'Renuévelo, póngalo donde está el viejo y reinicie uno por uno los servicios que lo usan',
    },
    proof: ({ certificateDaysLeft }) => ({
      series: [
        level(
          'gondola_certificate_expiry_timestamp_seconds{file="kafka.pem"}',
          DAY_SECONDS,
          (certificateDaysLeft + 1) * DAY_SECONDS,
          90 * DAY_SECONDS,
        ),
      ],
      ...{ labels: { file: 'kafka.pem' }, shown: (seconds) => humanizeDuration(DAY_SECONDS - seconds) },
    }),
  },
  {
    name: 'KeyExpiresSoon',
    ...{ team: 'platform', severity: 'warning', cause: 'expiry' },
    expr: ({ limits }) =>
      `min by (producer) (gondola_key_expiry_timestamp_seconds) - time() < ${limits.keyDaysLeft * DAY_SECONDS}`,
    forMinutes: () => 60,
    summary: {
      en: 'The key of {{ $labels.producer }} ends in {{ $value | humanizeDuration }}; after that its events are refused',
      es: 'La llave de {{ $labels.producer }} vence en {{ $value | humanizeDuration }}; después se rechazan sus eventos',
    },
    action: {
      en: 'Make a new one (npx gondola keys new), give it to the producer, take the old entry out once nobody sends with it',
      es: 'Haga una nueva (npx gondola keys new), entréguela al productor y quite la vieja cuando nadie la use',
    },
    proof: ({ keyDaysLeft }) => ({
      series: [
        level(
          'gondola_key_expiry_timestamp_seconds{producer="tills-north"}',
          DAY_SECONDS,
          (keyDaysLeft + 1) * DAY_SECONDS,
          90 * DAY_SECONDS,
        ),
      ],
      ...{ labels: { producer: 'tills-north' }, shown: (seconds) => humanizeDuration(DAY_SECONDS - seconds) },
    }),
  },
];
