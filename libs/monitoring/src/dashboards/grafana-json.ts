import { RUNBOOKS_URL } from '../runbooks.js';
import type { Dashboard, Panel, Thresholds, Unit, Variable } from './dashboard.js';

/** Grafana 10.0's: 10 and 11 import it, and bring it up to date themselves. */
const SCHEMA_VERSION = 38;
const COLUMNS = 24;
const HEIGHTS = { stat: 4, bargauge: 8, timeseries: 8, heatmap: 8, table: 9 } as const;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard as Grafana imports it. */
export function grafanaJson({ uid, title, description, variables, rows }: Dashboard) {
  return {
    uid,
    title,
    description,
    tags: ['gondola'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    annotations: { list: [firingAlerts()] },
    links: [
      { ...LINK, title: 'Board', url: '${board}', tooltip: 'The live board of shelves and incidents' },
      { ...LINK, title: 'Runbooks', url: '${runbooks}', tooltip: 'What to do about an alert' },
      { ...LINK, type: 'dashboards', title: 'Góndola', tags: ['gondola'], asDropdown: true, keepTime: true },
    ],
    templating: { list: [datasourceVariable(), ...[...variables, ...ADDRESSES].map(variableJson)] },
    panels: layOut(rows),
  };
}

const LINK = {
  type: 'link',
  icon: 'external link',
  targetBlank: true,
  tags: [],
  includeVars: true,
  ...{ asDropdown: false, keepTime: false, tooltip: '' },
};

/** Where links lead. */
const ADDRESSES: readonly Variable[] = [
  { kind: 'text', name: 'board', label: 'Board at', value: 'http://localhost:8080' },
  { kind: 'text', name: 'runbooks', label: 'Runbooks at', value: RUNBOOKS_URL },
];

function firingAlerts() {
  return {
    name: 'Alerts',
    datasource: DATASOURCE,
    enable: true,
    iconColor: 'red',
    expr: 'ALERTS{alertstate="firing", environment="$environment"}',
    step: '60s',
    titleFormat: '{{alertname}}',
    textFormat: '{{store}}',
  };
}

const datasourceVariable = () => ({
  ...{ type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus' },
  ...{ hide: 0, refresh: 1, regex: '', multi: false, includeAll: false, options: [], current: {} },
});

function variableJson(variable: Variable) {
  const { name, label } = variable;
  if (variable.kind === 'text') {
    const current = { selected: true, text: variable.value, value: variable.value };
    return { type: 'textbox', name, label, hide: 0, query: variable.value, current, options: [current] };
  }
  const filter = name === 'environment' ? '' : '{environment="$environment"}';
  const query = `label_values(${variable.metric}${filter}, ${name})`;
  return {
    ...{ type: 'query', name, label, hide: 0, datasource: DATASOURCE },
    definition: query,
    query: { query, refId: name },
    // When the time range changes: stores come and go.
    ...{ refresh: 2, sort: 1, regex: '', options: [], multi: variable.all, includeAll: variable.all },
    ...(variable.all
      ? { allValue: '.*', current: { selected: true, text: ['All'], value: ['$__all'] } }
      : {}),
    ...(variable.all ? {} : { current: {} }),
  };
}

/** Rows below each other, panels of a row from left to right, those that do not fit below. */
function layOut(rows: Dashboard['rows']) {
  const panels: object[] = [];
  let [x, y, height] = [0, 0, 0];
  const newLine = () => {
    [x, y, height] = [0, y + height, 0];
  };
  for (const { title, panels: own } of rows) {
    newLine();
    panels.push({
      ...{ id: panels.length + 1, type: 'row', title, collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y++;
    for (const panel of own) {
      if (x + panel.width > COLUMNS) newLine();
      const h = HEIGHTS[panel.kind];
      const gridPos = { x, y, w: panel.width, h };
      panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos });
      x += panel.width;
      height = Math.max(height, h);
    }
  }
  return panels;
}

function panelJson(panel: Panel) {
  const { kind, title, description, runbook } = panel;
  const links = runbook
    ? [{ title: `Runbook: ${runbook}`, url: `\${runbooks}/${runbook}.md`, targetBlank: true }]
    : [];
  return {
    ...{ type: kind, title, description, datasource: DATASOURCE, links },
    targets: targetsOf(panel),
    fieldConfig: {
      defaults: fieldDefaults(panel),
      overrides: panel.kind === 'table' ? overridesOf(panel) : [],
    },
    options: OPTIONS[kind],
    ...(panel.kind === 'table' ? { transformations: transformationsOf(panel) } : {}),
  };
}

const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function targetsOf(panel: Panel) {
  const common = (index: number, expr: string) => ({
    ...{ refId: refId(index), datasource: DATASOURCE, editorMode: 'code', expr },
  });
  if (panel.kind === 'table')
    return panel.columns.map(({ expr }, index) => ({
      ...common(index, expr),
      ...{ format: 'table', instant: true, range: false },
    }));
  // A bar shows how things are now, a stat also how they came to be so.
  const isInstant = panel.kind === 'bargauge';
  return panel.queries.map(({ expr, legend, hasExemplars }, index) => ({
    ...common(index, expr),
    format: panel.kind === 'heatmap' ? 'heatmap' : 'time_series',
    ...{ instant: isInstant, range: !isInstant, legendFormat: legend ?? '__auto' },
    ...(hasExemplars ? { exemplar: true } : {}),
  }));
}

function fieldDefaults({ kind, unit, thresholds }: Panel) {
  const isLines = kind === 'timeseries';
  return {
    unit,
    ...(unit === 'percentunit' ? { min: 0 } : {}),
    thresholds: thresholdsJson(thresholds),
    color: { mode: isLines ? 'palette-classic' : 'thresholds' },
    custom: isLines
      ? {
          ...{ drawStyle: 'line', lineWidth: 1, fillOpacity: 8, showPoints: 'never', spanNulls: false },
          thresholdsStyle: { mode: thresholds.length > 1 ? 'dashed' : 'off' },
        }
      : {},
  };
}

const thresholdsJson = (thresholds: Thresholds) => ({
  mode: 'absolute',
  steps: thresholds.map((step) => ({ color: step.color, value: 'from' in step ? step.from : null })),
});

const REDUCED = { calcs: ['lastNotNull'], fields: '', values: false };

const OPTIONS: Readonly<Record<Panel['kind'], object>> = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    ...{ colorMode: 'value', graphMode: 'area', justifyMode: 'auto', orientation: 'auto', textMode: 'auto' },
    reduceOptions: REDUCED,
  },
  bargauge: {
    ...{ displayMode: 'basic', orientation: 'horizontal', showUnfilled: true, valueMode: 'color' },
    reduceOptions: REDUCED,
  },
  heatmap: {
    ...{ calculate: false, cellGap: 1, filterValues: { le: 1e-9 }, rowsFrame: { layout: 'auto' } },
    color: {
      mode: 'scheme',
      scheme: 'Oranges',
      exponent: 0.5,
      fill: 'dark-orange',
      reverse: false,
      steps: 64,
    },
    yAxis: { axisPlacement: 'left', reverse: false, unit: 's' },
    legend: { show: true },
    tooltip: { mode: 'single', yHistogram: false },
    exemplars: { color: 'rgba(255,0,255,0.7)' },
  },
  table: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], countRows: false } },
};

type Table = Extract<Panel, { kind: 'table' }>;

function overridesOf({ columns, rows, rowUrl }: Table) {
  const property = (id: string, value: unknown) => ({ id, value });
  const overrides = columns.map(({ title, unit, thresholds }) => ({
    matcher: { id: 'byName', options: title },
    properties: [
      property('unit', unit satisfies Unit),
      ...(thresholds
        ? [
            property('thresholds', thresholdsJson(thresholds)),
            property('custom.cellOptions', { type: 'color-text' }),
          ]
        : []),
    ],
  }));
  const [first] = Object.values(rows);
  if (rowUrl === undefined || first === undefined) return overrides;
  const link = { title: 'Open', url: rowUrl, targetBlank: true };
  return [
    ...overrides,
    { matcher: { id: 'byName', options: first }, properties: [property('links', [link])] },
  ];
}

/** One line for each row, with the columns in their order. */
function transformationsOf({ columns, rows }: Table) {
  const valueOf = (index: number) => (columns.length === 1 ? 'Value' : `Value #${refId(index)}`);
  const names = [
    ...Object.entries(rows),
    ...columns.map(({ title }, index): [string, string] => [valueOf(index), title]),
  ];
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(names.map(([field], index) => [field, index])),
        renameByName: Object.fromEntries(names),
      },
    },
  ];
}
