import { level, NONE, perStore, steady, type Alert, type Proof, type ProofSeries } from './alert.js';
import type { Limits } from './limits.js';
import { outUnusual } from './store-alerts.js';

/** As detection folds stores that are out of one item into one line. */
const SHORTAGE_STORES_MIN = 4;

/** Of so many stores at once that the cause is elsewhere. It stands for what single stores are told of: see inhibition. */
function ofMany(stores: string, { chainShareMin, chainStoresMin }: Limits): string {
  const all = `count(${perStore('gondola_store_shelves')})`;
  return `count(${stores}) >= ${chainStoresMin}\nand count(${stores}) / ${all} > ${chainShareMin}`;
}

/** Of ten stores five have it; `below` as many as may have it. */
function chainProof(
  { chainShareMin }: Limits,
  seriesOf: (store: string, isBad: boolean, isBelow: boolean) => ProofSeries[],
): Proof {
  const most = Math.floor(10 * chainShareMin);
  return {
    series: Array.from({ length: 10 }, (_, index) => [
      steady(`gondola_store_shelves{store="S${index}"}`, 200),
      ...seriesOf(`store="S${index}"`, index < 5, index < most),
    ]).flat(),
    labels: {},
    shown: '5',
  };
}

/** Of the items that have series of their own, three at most that are out in as many stores as a shortage takes; '' for none. */
const outItems = (words: string): string =>
  `{{ with query "topk(3, sum by (item) (gondola_item_out_stores) >= ${SHORTAGE_STORES_MIN})" }}${words}` +
  '{{ range . }}{{ .Labels.item }} ({{ .Value }}) {{ end }}{{ end }}';

export const DETECTION_ALERTS: readonly Alert[] = [
  {
    name: 'ChainOutOfStockUnusual',
    ...{ team: 'store-operations', severity: 'critical', cause: 'out' },
    expr: ({ limits }) => ofMany(outUnusual(limits, limits.chainOutStddevsMin), limits),
    forMinutes: ({ storeForMinutes }) => storeForMinutes,
    summary: {
      en: '{{ $value }} stores at once have far more empty shelves than usual: the cause is not in the stores',
      es: '{{ $value }} tiendas a la vez tienen muchas más góndolas vacías de lo usual: la causa no está en las tiendas',
    },
    action: {
      en: 'Ask the warehouse and transport about last night; if they know of nothing, look at what changed in the data (contracts, model)',
      es: 'Pregunte a bodega y transporte por la noche pasada; si no saben nada, mire qué cambió en los datos (contratos, modelo)',
    },
    proof: (limits) => {
      const [usual, empty] = [0.1, 0.2 + limits.storeOutAboveUsualMin];
      return chainProof(limits, (store, isBad, isBelow) => [
        steady(`gondola_store_feed_dead{${store}}`, 0),
        steady(`gondola_store_closed{${store}}`, 0),
        level(`gondola_store_out_ratio{${store}}`, isBad ? empty : usual, isBelow ? empty : usual, usual),
        steady(`gondola_store_out_usual_ratio{${store}}`, usual),
        steady(`gondola_store_out_usual_stddev_ratio{${store}}`, 0.01),
      ]);
    },
  },
  {
    name: 'ManyFeedsDead',
    ...{ team: 'platform', severity: 'critical', cause: 'feed' },
    expr: ({ limits }) => ofMany('ALERTS{alertname="StoreFeedDead", alertstate="firing"}', limits),
    forMinutes: () => 0,
    summary: {
      en: '{{ $value }} stores went silent at once: what they have in common is down',
      es: '{{ $value }} tiendas callaron a la vez: se cayó lo que tienen en común',
    },
    action: {
      en: 'Look at what all of them pass: the collector, its keys, the broker, the network of the stores',
      es: 'Mire por dónde pasan todas: el colector, sus llaves, el broker, la red de las tiendas',
    },
    proof: (limits) =>
      chainProof(limits, (store, isBad, isBelow) => [
        // A series that ends is what an alert that does not fire leaves behind.
        level(
          `ALERTS{alertname="StoreFeedDead", alertstate="firing", ${store}}`,
          isBad ? 1 : NONE,
          isBelow ? 1 : NONE,
          NONE,
        ),
      ]),
  },
  {
    name: 'ItemOutInManyStores',
    ...{ team: 'store-operations', severity: 'warning', cause: 'item' },
    expr: () => 'max(gondola_incidents_open{kind="item_short"}) > 0',
    forMinutes: ({ itemForMinutes }) => itemForMinutes,
    summary: {
      en: '{{ $value }} items are out in many stores of one warehouse or city',
      es: '{{ $value }} productos están agotados en muchas tiendas de una bodega o ciudad',
    },
    action: {
      en: 'See which and where (GET /incidents?kind=item_short&state=open); order, or move stock from stores that have it',
      es: 'Vea cuáles y dónde (GET /incidents?kind=item_short&state=open); pida o traslade desde tiendas que tienen',
    },
    // Who tells of the shortage says how many, to keep its series few: these are the dearest of detection, not surely those.
    more: {
      en: outItems('Of the items that lose most, these are out in most stores: '),
      es: outItems('De los productos que más pierden, estos faltan en más tiendas: '),
    },
    proof: () => ({
      series: [
        level('gondola_incidents_open{kind="item_short"}', 2, 0, 0),
        steady('gondola_item_out_stores{item="P7", instance="a"}', 5),
        steady('gondola_item_out_stores{item="P7", instance="b"}', 4),
        steady('gondola_item_out_stores{item="P3", instance="a"}', 4),
        steady('gondola_item_out_stores{item="P9", instance="a"}', 1),
      ],
      ...{ labels: {}, shown: '2' },
      more: {
        en: 'Of the items that lose most, these are out in most stores: P7 (9) P3 (4) ',
        es: 'De los productos que más pierden, estos faltan en más tiendas: P7 (9) P3 (4) ',
      },
    }),
  },
  {
    name: 'DetectorSilent',
    ...{ team: 'platform', severity: 'critical', cause: 'detection', endsAtOnce: true },
    // Absent: no process that detects was ever seen, or all of them are gone.
    expr: ({ limits }) =>
      `time() - min by (stream) (gondola_detect_judged_timestamp_seconds) > ${limits.judgedAgeMinutes * 60}\n` +
      'or absent(gondola_detect_judged_timestamp_seconds)',
    forMinutes: () => 5,
    summary: {
      en: 'Detection has stopped judging shelves: no signal means nothing now',
      es: 'La detección dejó de juzgar góndolas: que no haya señales no dice nada ahora',
    },
    action: {
      en: 'Look at the detect processes: running, ready, lag, errors in the log; a restart loses nothing',
      es: 'Mire los procesos detect: si corren, si están listos, su retraso y su log; reiniciar no pierde nada',
    },
    proof: ({ judgedAgeMinutes }) => ({
      series: [
        // Judged up to the beginning of the test, then (good) up to a time that is far ahead.
        level('gondola_detect_judged_timestamp_seconds{stream="events"}', 0, 3 * 86_400, 3 * 86_400),
      ],
      ...{ labels: { stream: 'events' }, shown: '', lookBackMinutes: judgedAgeMinutes, hasBelow: false },
    }),
  },
  {
    name: 'VerdictPrecisionLow',
    ...{ team: 'data', severity: 'warning', cause: 'detection' },
    // The upper bound: even at best they are this wrong.
    expr: ({ limits }) =>
      `max by (kind) (gondola_signals_precision_ratio{bound="high"}) < ${limits.precisionMin}`,
    forMinutes: ({ precisionForMinutes }) => precisionForMinutes,
    summary: {
      en: 'Of the {{ $labels.kind }} signals that somebody looked at, at most {{ $value | humanizePercentage }} were right',
      es: 'De las señales {{ $labels.kind }} que alguien revisó, a lo sumo {{ $value | humanizePercentage }} eran ciertas',
    },
    action: {
      en: 'Raise detection.raiseProbability, or train on the verdicts (npx gondola train --labels verdicts) and compare before promoting',
      es: 'Suba detection.raiseProbability, o entrene con los veredictos (npx gondola train --labels verdicts) y compare antes de promover',
    },
    proof: ({ precisionMin }) => ({
      series: [
        level(
          'gondola_signals_precision_ratio{kind="silent", bound="high"}',
          0.25,
          precisionMin,
          precisionMin + 0.2,
        ),
      ],
      ...{ labels: { kind: 'silent' }, shown: '25%' },
    }),
  },
  {
    name: 'StoresBeyondLimit',
    ...{ team: 'platform', severity: 'info', cause: 'detection' },
    expr: () => 'max(gondola_stores_beyond_limit) > 0',
    forMinutes: () => 30,
    summary: {
      en: '{{ $value }} stores have no metrics of their own, and so no alerts',
      es: '{{ $value }} tiendas no tienen métricas propias, y por eso tampoco alertas',
    },
    action: {
      en: 'Raise metrics.storesMax of detect, or run more instances',
      es: 'Suba metrics.storesMax de detect, o corra más instancias',
    },
    proof: () => ({
      series: [level('gondola_stores_beyond_limit', 12, 0, 0)],
      ...{ labels: {}, shown: '12' },
    }),
  },
];
