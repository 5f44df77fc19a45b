import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LABELS, METRICS, type MetricSpec } from '@gondola/telemetry';
import { queriesOf, type Panel } from './dashboard.js';
import { DASHBOARDS } from './dashboards.js';
import { grafanaJson } from './grafana-json.js';

const RUNBOOKS = join(import.meta.dirname, '../../../../deploy/runbooks');
const SPECS = new Map<string, MetricSpec>(Object.values(METRICS).map((spec) => [spec.name, spec]));
/** What prom-client says of every process. */
const OF_PROCESSES = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
];
/** Of scraping, and of buckets. */
const OTHER_LABELS = ['job', 'instance', 'le'];

const panels = DASHBOARDS.flatMap(({ uid, rows }) =>
  rows.flatMap((row) => row.panels.map((panel): [string, Panel] => [`${uid}: ${panel.title}`, panel])),
);
const metricsIn = (expr: string) =>
  (expr.match(/\b(gondola|process|nodejs)_[a-z0-9_]+/g) ?? []).map((name) =>
    SPECS.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
  );

describe.each(panels)('%s', (_, panel) => {
  it('says in words what is seen, has a unit and thresholds that rise', () => {
    expect(panel.description).toMatch(/^[A-Z0-9].{20,}\.$/);
    expect(panel.unit).not.toBe('');
    const steps = panel.thresholds.slice(1).map((step) => ('from' in step ? step.from : NaN));
    expect(steps).toEqual([...steps].sort((left, right) => left - right));
  });

  it('asks for metrics and labels that there are, of the environment that is chosen', () => {
    expect(queriesOf(panel).length).toBeGreaterThan(0);
    for (const expr of queriesOf(panel)) {
      const names = metricsIn(expr);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect([...SPECS.keys(), ...OF_PROCESSES]).toContain(name);
      expect(expr).toContain('environment="$environment"');
      const own = names.flatMap((name): readonly string[] => SPECS.get(name)?.labels ?? []);
      for (const [, labels] of expr.matchAll(/(?:by|on|group_left) \(([^)]*)\)/g))
        for (const label of labels.split(', ').filter(Boolean))
          expect([...own, ...OTHER_LABELS]).toContain(label);
    }
  });

  it('names lines by labels that its query keeps', () => {
    if (panel.kind === 'table') {
      for (const { expr } of panel.columns)
        expect(expr).toMatch(new RegExp(`by \\((${Object.keys(panel.rows).join(', ')})\\)`));
      return;
    }
    for (const { expr, legend = '' } of panel.queries)
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
  });

  it('links to a runbook that there is', () => {
    if (panel.runbook) expect(readdirSync(RUNBOOKS)).toContain(`${panel.runbook}.md`);
  });
});

it('every metric is on a dashboard', () => {
  const shown = new Set(panels.flatMap(([, panel]) => queriesOf(panel).flatMap(metricsIn)));
  expect([...SPECS.keys()].filter((name) => !shown.has(name))).toEqual([
    // Of money, "so many times the usual" says more: the alert looks at both.
    'gondola_store_lost_sales_usual_stddev_per_hour',
  ]);
});

describe.each(DASHBOARDS.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (_, dashboard) => {
  const json = grafanaJson(dashboard);

  it('has panels that do not lie on each other, each with an id of its own', () => {
    const taken = new Set<string>();
    for (const { gridPos } of json.panels as { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[]) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
    }
    const ids = (json.panels as { id: number }[]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('uses variables that there are', () => {
    const known = json.templating.list.map(({ name }) => name);
    const builtIn = ['__rate_interval', '__all', '__data'];
    for (const [, plain, braced] of JSON.stringify(json).matchAll(/\$(?:(\w+)|\{(\w+)[^}]*\})/g))
      expect([...known, ...builtIn]).toContain(plain ?? braced);
    for (const variable of dashboard.variables)
      if (variable.kind === 'label') expect(Object.keys(LABELS)).toContain(variable.name);
  });
});
