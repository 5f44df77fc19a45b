import { humanizeDuration, level, perMinute, type Alert, type Words } from './alert.js';
import { lateShare } from './recording.js';

const LINE = '{pipeline="ingest", stream="events"}';

/** Windows and burn rates of the Google SRE workbook, chapter 5, for an objective over 30 days: two looks, so that it ends when it is over. */
interface Burn {
  readonly longMinutes: number;
  readonly shortMinutes: number;
  /** How many times faster than allowed the budget of 30 days is spent. */
  readonly rate: number;
}
const FAST: readonly Burn[] = [
  { longMinutes: 60, shortMinutes: 5, rate: 14.4 },
  { longMinutes: 360, shortMinutes: 30, rate: 6 },
];
const SLOW: readonly Burn[] = [
  { longMinutes: 1440, shortMinutes: 120, rate: 3 },
  { longMinutes: 4320, shortMinutes: 360, rate: 1 },
];

function freshnessAlert(
  burns: readonly Burn[],
  alert: Pick<Alert, 'name' | 'severity' | 'summary' | 'action'>,
): Alert {
  const highest = Math.min(...burns.map(({ rate }) => rate));
  return {
    ...alert,
    ...{ team: 'platform', cause: 'line', endsAtOnce: true },
    expr: ({ limits: { freshnessLateShareMax } }) =>
      burns
        .map(({ longMinutes, shortMinutes, rate }) => {
          const limit = Number((rate * freshnessLateShareMax).toFixed(6));
          return `(${lateShare(longMinutes)} > ${limit} and ${lateShare(shortMinutes)} > ${limit})`;
        })
        .join('\nor '),
    forMinutes: () => 0,
    proof: ({ freshnessLateShareMax }) => {
      // Of 100 commits a minute.
      const below = 100 - 99 * highest * freshnessLateShareMax;
      return {
        series: [
          perMinute('gondola_freshness_seconds_bucket{pipeline="ingest", le="60"}', 0, below, 100),
          perMinute('gondola_freshness_seconds_count{pipeline="ingest"}', 100, 100, 100),
        ],
        ...{ labels: { pipeline: 'ingest' }, shown: '100%' },
        lookBackMinutes: Math.max(...burns.map(({ shortMinutes }) => shortMinutes)),
      };
    },
  };
}

function outageAlert(what: string, name: string, summary: Words, action: Words): Alert {
  return {
    ...{ name, summary, action, team: 'platform', severity: 'critical', cause: 'line' },
    expr: () => `max by (pipeline) (gondola_outage{what="${what}"}) == 1`,
    forMinutes: ({ outageForMinutes }) => outageForMinutes,
    proof: () => ({
      series: [level(`gondola_outage{pipeline="ingest", what="${what}"}`, 1, 0, 0)],
      ...{ labels: { pipeline: 'ingest' }, shown: '1', hasBelow: false },
    }),
  };
}

export const LINE_ALERTS: readonly Alert[] = [
  {
    name: 'ServiceDown',
    ...{ team: 'platform', severity: 'critical', cause: 'line', endsAtOnce: true },
    expr: () => 'up{job=~"gondola.*"} == 0',
    forMinutes: ({ downForMinutes }) => downForMinutes,
    summary: {
      en: '{{ $labels.job }} at {{ $labels.instance }} does not answer',
      es: '{{ $labels.job }} en {{ $labels.instance }} no responde',
    },
    action: {
      en: 'Look at its exit code and last log lines: 78 is a wrong setting that the message names; else start it again, nothing is lost',
      es: 'Mire su código de salida y las últimas líneas del log: 78 es un ajuste errado que el mensaje nombra; si no, arránquelo, no se pierde nada',
    },
    proof: () => ({
      series: [level('up{job="gondola-ingest", instance="ingest-0:8081"}', 0, 1, 1)],
      labels: { job: 'gondola-ingest', instance: 'ingest-0:8081' },
      ...{ shown: '0', hasBelow: false },
    }),
  },
  {
    name: 'LineLagging',
    ...{ team: 'platform', severity: 'warning', cause: 'line' },
    // How long it would take to read what waits, at the speed of now; Kinesis says the age itself.
    expr: ({ limits, minutes }) =>
      'sum by (pipeline, stream) (gondola_lag_records)\n' +
      `  / sum by (pipeline, stream) (rate(gondola_records_received_total[${minutes(5)}]))\n  > ${60 * limits.catchUpMinutes}\n` +
      `or max by (pipeline, stream) (gondola_lag_seconds) > ${60 * limits.catchUpMinutes}`,
    forMinutes: ({ lagForMinutes }) => lagForMinutes,
    summary: {
      en: '{{ $labels.pipeline }} is {{ $value | humanizeDuration }} behind the end of {{ $labels.stream }}',
      es: '{{ $labels.pipeline }} va {{ $value | humanizeDuration }} atrás del final de {{ $labels.stream }}',
    },
    action: {
      en: 'If an outage alert fires too, mend that; else add instances, up to one for each partition',
      es: 'Si también hay una alerta de caída, repare esa; si no, agregue instancias, hasta una por partición',
    },
    proof: ({ catchUpMinutes }) => ({
      series: [
        // 60 records a minute are read.
        perMinute(`gondola_records_received_total${LINE}`, 60, 60, 60),
        level(`gondola_lag_records${LINE}`, 120 * catchUpMinutes, 59 * catchUpMinutes, 0),
      ],
      labels: { pipeline: 'ingest', stream: 'events' },
      ...{ shown: humanizeDuration(120 * catchUpMinutes), lookBackMinutes: 5 },
    }),
  },
  freshnessAlert(FAST, {
    name: 'FreshnessBudgetBurnsFast',
    severity: 'critical',
    summary: {
      en: '{{ $labels.pipeline }}: {{ $value | humanizePercentage }} of its commits are readable too late; at this pace the month is spent within days',
      es: '{{ $labels.pipeline }}: {{ $value | humanizePercentage }} de sus commits se leen demasiado tarde; a este paso el mes se gasta en días',
    },
    action: {
      en: 'Look at lag, retries and commit duration of the pipeline: what is slow is the stream, the lake or too few instances',
      es: 'Mire retraso, reintentos y duración de commits del pipeline: lo lento es el stream, el lago o faltan instancias',
    },
  }),
  freshnessAlert(SLOW, {
    name: 'FreshnessBudgetBurnsSlowly',
    severity: 'warning',
    summary: {
      en: '{{ $labels.pipeline }}: {{ $value | humanizePercentage }} of its commits are readable too late; the month will not be kept',
      es: '{{ $labels.pipeline }}: {{ $value | humanizePercentage }} de sus commits se leen demasiado tarde; no se cumplirá el mes',
    },
    action: {
      en: 'Look at which hours are late (dashboard Line) and whether flush.ageMsMax, instances or partitions fit the load',
      es: 'Mire qué horas van tarde (tablero Línea) y si flush.ageMsMax, instancias o particiones bastan para la carga',
    },
  }),
  {
    name: 'CommitsFenced',
    ...{ team: 'platform', severity: 'warning', cause: 'line', endsAtOnce: true },
    expr: ({ limits, minutes }) =>
      `sum by (pipeline, stream) (increase(gondola_fenced_commits_total[${minutes(10)}])) >= ${limits.fencedCommitsMin}`,
    forMinutes: () => 0,
    summary: {
      en: '{{ $labels.pipeline }}: {{ $value | humanize }} commits in 10 minutes were refused because another instance owns the partition',
      es: '{{ $labels.pipeline }}: {{ $value | humanize }} commits en 10 minutos fueron rechazados porque otra instancia tiene la partición',
    },
    action: {
      en: 'See that one group reads the stream with one lake, and that instances are not restarted again and again',
      es: 'Vea que un solo grupo lea el stream hacia un solo lago, y que no se reinicien instancias una y otra vez',
    },
    proof: ({ fencedCommitsMin }) => ({
      series: [
        perMinute(
          `gondola_fenced_commits_total${LINE}`,
          fencedCommitsMin / 5,
          (0.9 * fencedCommitsMin) / 10,
          0,
        ),
      ],
      labels: { pipeline: 'ingest', stream: 'events' },
      ...{ shown: String(2 * fencedCommitsMin), lookBackMinutes: 10 },
    }),
  },
  {
    name: 'QuarantineShareHigh',
    ...{ team: 'data', severity: 'warning', cause: 'contract', endsAtOnce: true },
    // Of what came under the contract, as far as it can be told: rows stand for records. What names none is a share of its stream.
    expr: ({ limits, minutes }) => {
      const rate = (by: string, series: string) => `sum by (${by}) (rate(${series}[${minutes(10)}]))`;
      const refused = (subject: string) =>
        rate(
          'stream, subject',
          `gondola_quarantined_records_total{pipeline="ingest", reason!="schema_pending", subject${subject}""}`,
        );
      const stored = rate('stream, subject', 'gondola_silver_rows_total');
      const received = rate('stream', 'gondola_records_received_total{pipeline="ingest"}');
      return (
        `${refused('!=')}\n` +
        `  / ((${refused('!=')} + ${stored}) or ${refused('!=')})\n` +
        `  > ${limits.quarantineShareMin}\n` +
        `or ${refused('=')} / on (stream) group_left ${received} > ${limits.quarantineShareMin}`
      );
    },
    forMinutes: ({ quarantineForMinutes }) => quarantineForMinutes,
    summary: {
      en: '{{ $labels.subject }}: {{ $value | humanizePercentage }} of what comes under this contract on {{ $labels.stream }} is refused',
      es: '{{ $labels.subject }}: {{ $value | humanizePercentage }} de lo que llega bajo este contrato por {{ $labels.stream }} se rechaza',
    },
    action: {
      en: 'See why (npx gondola quarantine list), tell the contract’s owner, mend it, then npx gondola quarantine replay',
      es: 'Vea por qué (npx gondola quarantine list), avise al dueño del contrato, corríjalo y luego npx gondola quarantine replay',
    },
    proof: ({ quarantineShareMin }) => ({
      series: [
        // A small contract of a stream where much else is well.
        perMinute(
          'gondola_records_received_total{pipeline="ingest", stream="events"}',
          90_000,
          90_000,
          90_000,
        ),
        perMinute(
          'gondola_quarantined_records_total{pipeline="ingest", stream="events", subject="retail.pos.transaction", reason="rule_broken"}',
          2000 * quarantineShareMin,
          990 * quarantineShareMin,
          0,
        ),
        perMinute(
          'gondola_silver_rows_total{pipeline="ingest", stream="events", subject="retail.pos.transaction"}',
          1000 * (1 - 2 * quarantineShareMin),
          1000 * (1 - 0.99 * quarantineShareMin),
          1000,
        ),
      ],
      labels: { stream: 'events', subject: 'retail.pos.transaction' },
      ...{ shown: `${200 * quarantineShareMin}%`, lookBackMinutes: 10 },
    }),
  },
  outageAlert(
    'registry',
    'RegistryUnreachable',
    {
      en: '{{ $labels.pipeline }} cannot reach the schema registry; records of ids it does not know wait in quarantine',
      es: '{{ $labels.pipeline }} no alcanza el registro de esquemas; los registros de ids desconocidos esperan en cuarentena',
    },
    {
      en: 'Bring the registry back; what waits (schema_pending) goes on by itself, nothing has to be replayed',
      es: 'Recupere el registro; lo que espera (schema_pending) sigue solo, no hay que reprocesar nada',
    },
  ),
  outageAlert(
    'lake',
    'LakeUnreachable',
    {
      en: '{{ $labels.pipeline }} cannot write to the lake; it has stopped reading and loses nothing',
      es: '{{ $labels.pipeline }} no puede escribir en el lago; dejó de leer y no pierde nada',
    },
    {
      en: 'Look at the store’s credentials, quota and status; be back before the stream’s retention ends',
      es: 'Mire credenciales, cuota y estado del almacenamiento; vuelva antes de que venza la retención del stream',
    },
  ),
  outageAlert(
    'stream',
    'StreamUnreachable',
    {
      en: '{{ $labels.pipeline }} cannot reach its stream; nothing new is read',
      es: '{{ $labels.pipeline }} no alcanza su stream; no se lee nada nuevo',
    },
    {
      en: 'Look at the broker, its network and the credentials of the service; reading goes on by itself',
      es: 'Mire el broker, su red y las credenciales del servicio; la lectura sigue sola',
    },
  ),
];
