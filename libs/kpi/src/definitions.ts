/** How a number is to be read. `share`: 0 to 1. `money`: in `currency`, one value for each. */
export type KpiUnit = 'share' | 'money' | 'minutes' | 'money_per_minute';

export interface KpiDefinition {
  readonly id: string;
  readonly name: { readonly en: string; readonly es: string };
  readonly unit: KpiUnit;
  readonly formula: string;
  /** What it does not say, and what it needs. */
  readonly note: string;
  /** Whose definition it is. */
  readonly source: string;
}

const one = <const Id extends string>(
  id: Id,
  name: KpiDefinition['name'],
  unit: KpiUnit,
  words: { readonly formula: string; readonly note: string; readonly source: string },
) => ({ id, name, unit, ...words });

/** Every KPI once: api, command line, tables and the page of definitions read them here. */
export const KPIS = [
  one('osa', { en: 'On-shelf availability', es: 'Disponibilidad en góndola' }, 'share', {
    formula: '1 - oos_rate_item',
    note: 'Measured by checks by lot, so it holds for all shelves that sell, whatever the detector says.',
    source: 'ECR Community; ECR Handbook of OSA Standards 2013',
  }),
  one('oos_rate_item', { en: 'Out-of-stock rate by item', es: 'Tasa de quiebre por producto' }, 'share', {
    formula: 'times not found / (times found + times not found), each drawn shelf weighted by 1 / P(drawn)',
    note: "Of answered checks; Wilson's 95 % interval at the effective number of checks.",
    source: 'Gruen and Corsten 2007; weights ours',
  }),
  one('oos_rate_time', { en: 'Out-of-stock rate by time', es: 'Tasa de quiebre por tiempo' }, 'share', {
    formula: 'sum over episodes of P(out) x time out, within the period / (shelves x period)',
    note:
      'By the detector: what it does not see is not in it. Also of episodes whose alert is outside the period. Time is taken ' +
      'as spread evenly over open and closed hours.',
    source: 'SAP Demand Signal Management (out-of-shelf days / business days); weights ours',
  }),
  one('osa_time', { en: 'Availability by time', es: 'Disponibilidad por tiempo' }, 'share', {
    formula: '1 - oos_rate_time',
    note: 'By the detector, as oos_rate_time.',
    source: 'SAP Demand Signal Management; weights ours',
  }),
  one('osa_value', { en: 'Availability by sales', es: 'Disponibilidad por ventas' }, 'share', {
    formula: '(demand - lost) / demand, demand = sold + lost, in money',
    note: 'Weights each shelf by what it would sell. Low and high are those of lost_sales.',
    source: 'Nielsen (sales based); Italian ECR standard (lost share = 1 - this)',
  }),
  one('lost_sales', { en: 'Lost sales', es: 'Ventas perdidas' }, 'money', {
    formula:
      'sum over episodes of lost units x price; lost units = sum over hours of P(out) x expected units',
    note:
      'Expected units are learned from hours with stock alone. 80 % interval, episodes taken as independent; an error ' +
      'common to all of them is not in it. An episode counts where its alert is.',
    source: 'ours (censored demand)',
  }),
  one('lost_sales_net', { en: 'Lost sales, net', es: 'Ventas perdidas netas' }, 'money', {
    formula: 'lost_sales x (1 - share of buyers who take another item of the same store)',
    note: 'That share is .45 unless one says otherwise.',
    source: 'HBR 2004 (fewer than half substitute)',
  }),
  one('found_rate', { en: 'Found rate', es: 'Tasa de hallazgo' }, 'share', {
    formula: 'picks that found the item / picks asked for; nil pick rate = 1 - this',
    note: "Wilson's 95 % interval.",
    source: 'Instacart; Target (INF)',
  }),
  one('alert_precision', { en: 'Alert precision', es: 'Precisión de las alertas' }, 'share', {
    formula: 'audited alerts confirmed (FILLED, NONE_IN_STORE) / audited alerts (and IT_WAS_THERE)',
    note:
      'Looks within 4 h of the alert; what was taken back or zeroed in mass is left out, and so are coming and recovered. ' +
      "Wilson's 95 % interval.",
    source: 'Crabtree; interval ours',
  }),
  one('alert_recall', { en: 'Alert recall', es: 'Cobertura de las alertas' }, 'share', {
    formula:
      'drawn shelves found empty that had an alert / drawn shelves found empty, each weighted by 1 / P(drawn)',
    note: "Of answered checks by lot; Wilson's 95 % interval at the effective number of them.",
    source: 'ours',
  }),
  one('time_to_detect', { en: 'Time to detect', es: 'Tiempo hasta detectar' }, 'minutes', {
    formula: "median and 90 % quantile of (alert - begin), begin = the shelf's last sale before it",
    note: 'The shelf went empty at some time after its last sale: this is at most so long.',
    source: 'ours',
  }),
  one('time_to_acknowledge', { en: 'Time to acknowledge', es: 'Tiempo hasta atender' }, 'minutes', {
    formula: 'median and 90 % quantile of (first TAKEN or verdict of an episode - its alert)',
    note: 'Of episodes that somebody looked at or set out to.',
    source: 'ours',
  }),
  one('time_to_fix', { en: 'Time to fix', es: 'Tiempo hasta reponer' }, 'minutes', {
    formula:
      'median and 90 % quantile of (end - alert), end = sale, receipt, count or verdict that ends the episode',
    note: 'Of episodes that are over.',
    source: 'ours',
  }),
  one('record_accuracy', { en: 'Record accuracy', es: 'Exactitud de inventario' }, 'share', {
    formula: 'counts whose record said exactly what was counted / counts, at the moment of the count',
    note: 'Binary, without tolerance: one of the eight ways in use. A count corrects no other.',
    source: 'ECR Retail Loss 2026 (binary)',
  }),
  one('value_per_alert', { en: 'Value per alert', es: 'Valor por alerta' }, 'money', {
    formula: '(lost sales per episode, hold-out arm - treated arm) x margin share',
    note: 'Needs a hold-out arm; 95 % interval over shelf-weeks. Margin share is 1 (sales) unless one says otherwise.',
    source: 'ours',
  }),
  one(
    'value_per_labour_minute',
    { en: 'Value per labour minute', es: 'Valor por minuto de trabajo' },
    'money_per_minute',
    {
      formula: 'value_per_alert x treated episodes / (verdicts x minutes per look)',
      note: 'A look takes 4 minutes unless one says otherwise.',
      source: 'ours',
    },
  ),
] as const satisfies readonly KpiDefinition[];

export type KpiId = (typeof KPIS)[number]['id'];
