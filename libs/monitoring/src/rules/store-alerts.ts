import { level, perStore, steady, type Alert, type ProofSeries } from './alert.js';
import type { Limits } from './limits.js';
import { STORE_SEEN, STORE_SELLS, STORE_SHUT } from './recording.js';

const STORE = '{store="S001"}';
const KNOWN: readonly ProofSeries[] = [
  steady(`gondola_store_shelves${STORE}`, 200),
  steady(`gondola_store_feed_dead${STORE}`, 0),
  steady(`gondola_store_closed${STORE}`, 0),
];
const OPEN: readonly ProofSeries[] = [...KNOWN, steady(`gondola_store_open${STORE}`, 1)];

/** A gauge of a store far beyond what is usual there at this hour of the week, and by so much that it matters. */
function beyondUsual(metric: string, unit: string, stddevsMin: number, floor: string): string {
  const now = perStore(`${metric}_${unit}`);
  const usual = perStore(`${metric}_usual_${unit}`);
  const stddev = perStore(`${metric}_usual_stddev_${unit}`);
  return `${now}\n  > ${usual} + ${stddevsMin} * ${stddev}\nand ${now} > ${floor}`;
}

const ratioBeyondUsual = (metric: string, floor: number, stddevsMin: number) =>
  beyondUsual(metric, 'ratio', stddevsMin, `${perStore(`${metric}_usual_ratio`)} + ${floor}`);

/** Usual is .1, and it usually is .01 off: what counts is the floor. `bad` is twice as far off as it must be. */
function ratioProof(metric: string, floor: number): { series: ProofSeries[]; shown: string } {
  const bad = round(0.1 + 2 * floor);
  const series = [
    level(`${metric}_ratio${STORE}`, bad, round(0.1 + 0.95 * floor), 0.1),
    steady(`${metric}_usual_ratio${STORE}`, 0.1),
    steady(`${metric}_usual_stddev_ratio${STORE}`, 0.01),
  ];
  return { series, shown: `${round(100 * bad)}%` };
}

const round = (value: number): number => Number(value.toFixed(6));

/** Stores whose share of empty shelves is that far beyond what is usual there. */
export const outUnusual = ({ storeOutAboveUsualMin }: Limits, stddevsMin: number): string =>
  `${ratioBeyondUsual('gondola_store_out', storeOutAboveUsualMin, stddevsMin)}\nand ${STORE_SEEN}`;

export const STORE_ALERTS: readonly Alert[] = [
  {
    name: 'StoreOutOfStockUnusual',
    ...{ team: 'store-operations', severity: 'critical', cause: 'out' },
    expr: ({ limits }) => outUnusual(limits, limits.storeOutStddevsMin),
    forMinutes: ({ storeForMinutes }) => storeForMinutes,
    summary: {
      en: '{{ $labels.store }}: {{ $value | humanizePercentage }} of its shelves are empty, far more than usual at this hour',
      es: '{{ $labels.store }}: {{ $value | humanizePercentage }} de sus góndolas están vacías, mucho más de lo usual a esta hora',
    },
    action: {
      en: 'Call the store: was the delivery late or left in the backroom? Then refill by lost sales (GET /shelves?store=...)',
      es: 'Llame a la tienda: ¿el pedido llegó tarde o quedó en la bodega? Luego surta por ventas perdidas (GET /shelves?store=...)',
    },
    proof: ({ storeOutAboveUsualMin }) => {
      const { series, shown } = ratioProof('gondola_store_out', storeOutAboveUsualMin);
      return { series: [...OPEN, ...series], labels: { store: 'S001' }, shown };
    },
  },
  {
    name: 'StorePhantomSurge',
    ...{ team: 'store-operations', severity: 'warning', cause: 'phantom' },
    expr: ({ limits: { storePhantomAboveUsualMin, storePhantomStddevsMin } }) =>
      `${ratioBeyondUsual('gondola_store_phantom', storePhantomAboveUsualMin, storePhantomStddevsMin)}\nand ${STORE_SEEN}`,
    forMinutes: ({ storeForMinutes }) => storeForMinutes,
    summary: {
      en: '{{ $labels.store }}: {{ $value | humanizePercentage }} of its shelves have stock on record and none on the shelf',
      es: '{{ $labels.store }}: {{ $value | humanizePercentage }} de sus góndolas tienen inventario en el sistema y nada en el estante',
    },
    action: {
      en: 'Have the listed shelves counted, first the dearest: a receipt booked and not delivered, or theft, looks like this',
      es: 'Pida contar las góndolas listadas, primero las más caras: así se ve una recepción sin entrega o un hurto',
    },
    proof: ({ storePhantomAboveUsualMin }) => {
      const { series, shown } = ratioProof('gondola_store_phantom', storePhantomAboveUsualMin);
      return { series: [...OPEN, ...series], labels: { store: 'S001' }, shown };
    },
  },
  {
    name: 'StoreLostSalesHigh',
    ...{ team: 'store-operations', severity: 'warning', cause: 'lost_sales' },
    expr: ({ limits: { storeLostStddevsMin, storeLostTimesUsualMin } }) => {
      const floor = `${storeLostTimesUsualMin} * ${perStore('gondola_store_lost_sales_usual_per_hour')}`;
      return `${beyondUsual('gondola_store_lost_sales', 'per_hour', storeLostStddevsMin, floor)}\nand ${STORE_SELLS}`;
    },
    // Money of an hour is moved by a few shelves: two hours must say so.
    forMinutes: ({ storeLostForMinutes }) => storeLostForMinutes,
    summary: {
      en: '{{ $labels.store }}: loses {{ $value | humanize }} of sales an hour, far more than usual at this hour',
      es: '{{ $labels.store }}: pierde {{ $value | humanize }} de ventas por hora, mucho más de lo usual a esta hora',
    },
    action: {
      en: 'Refill the few shelves that lose most (GET /shelves?store=..., dearest first): they are most of it',
      es: 'Surta las pocas góndolas que más pierden (GET /shelves?store=..., primero las más caras): son casi todo',
    },
    proof: ({ storeLostTimesUsualMin }) => ({
      series: [
        ...OPEN,
        level(
          `gondola_store_lost_sales_per_hour${STORE}`,
          storeLostTimesUsualMin * 2000,
          storeLostTimesUsualMin * 950,
          1000,
        ),
        steady(`gondola_store_lost_sales_usual_per_hour${STORE}`, 1000),
        steady(`gondola_store_lost_sales_usual_stddev_per_hour${STORE}`, 50),
      ],
      labels: { store: 'S001' },
      shown: `${storeLostTimesUsualMin * 2}k`,
    }),
  },
  {
    name: 'StoreComingWave',
    ...{ team: 'store-operations', severity: 'warning', cause: 'coming' },
    expr: ({ limits: { storeComingAboveUsualMin, storeStddevsMin, comingBeforeOpeningHours } }) =>
      `${ratioBeyondUsual('gondola_store_coming', storeComingAboveUsualMin, storeStddevsMin)}\nand ${STORE_SHUT}\n` +
      `and ${perStore('gondola_store_opens_in_seconds')} < ${comingBeforeOpeningHours * 3600}`,
    forMinutes: ({ storeForMinutes }) => storeForMinutes,
    summary: {
      en: '{{ $labels.store }}: {{ $value | humanizePercentage }} of its shelves will run out soon after it opens',
      es: '{{ $labels.store }}: {{ $value | humanizePercentage }} de sus góndolas se agotarán poco después de abrir',
    },
    action: {
      en: 'Send the opening shift to fill from the backroom before the doors open (GET /signals?store=...&kind=coming, by actByMs)',
      es: 'Mande el turno de apertura a surtir desde la bodega antes de abrir (GET /signals?store=...&kind=coming, por actByMs)',
    },
    proof: ({ storeComingAboveUsualMin }) => {
      const { series, shown } = ratioProof('gondola_store_coming', storeComingAboveUsualMin);
      const shut = [
        steady(`gondola_store_open${STORE}`, 0),
        steady(`gondola_store_opens_in_seconds${STORE}`, 5400),
      ];
      return { series: [...KNOWN, ...shut, ...series], labels: { store: 'S001' }, shown };
    },
  },
  {
    name: 'StoreFeedDead',
    ...{ team: 'platform', severity: 'critical', cause: 'feed' },
    expr: () => `${perStore('gondola_store_feed_dead')} == 1`,
    forMinutes: ({ feedForMinutes }) => feedForMinutes,
    summary: {
      en: '{{ $labels.store }}: its events stopped while it sells; nothing is said of its shelves',
      es: '{{ $labels.store }}: sus eventos se detuvieron mientras vende; no se dice nada de sus góndolas',
    },
    action: {
      en: 'Look for its producer (tills, connector, key) and start it again; events that were held back count when they come',
      es: 'Busque su productor (cajas, conector, llave) y arránquelo; los eventos retenidos cuentan cuando lleguen',
    },
    proof: () => ({
      series: [level(`gondola_store_feed_dead${STORE}`, 1, 0, 0)],
      ...{ labels: { store: 'S001' }, shown: '1', hasBelow: false },
    }),
  },
  {
    name: 'StoreClosedUnexpectedly',
    ...{ team: 'store-operations', severity: 'info', cause: 'closed' },
    expr: () => `${perStore('gondola_store_closed')} == 1`,
    forMinutes: ({ feedForMinutes }) => feedForMinutes,
    summary: {
      en: '{{ $labels.store }}: sells nothing in hours in which it usually does; taken for closed',
      es: '{{ $labels.store }}: no vende nada en horas en que suele vender; se toma por cerrada',
    },
    action: {
      en: 'Ask the store; if it is closed on purpose, say so in the catalog (retail.catalog.closure) and silence it (npx gondola silences)',
      es: 'Pregunte a la tienda; si cerró a propósito, dígalo en el catálogo (retail.catalog.closure) y siléncielo (npx gondola silences)',
    },
    proof: () => ({
      series: [level(`gondola_store_closed${STORE}`, 1, 0, 0)],
      ...{ labels: { store: 'S001' }, shown: '1', hasBelow: false },
    }),
  },
];
