import { CONTRACTS } from './contracts.js';
import { COST } from './cost.js';
import type { Dashboard } from './dashboard.js';
import { grafanaJson } from './grafana-json.js';
import { LINE } from './line.js';
import { STOCKOUTS } from './stockouts.js';

export const DASHBOARDS: readonly Dashboard[] = [STOCKOUTS, LINE, CONTRACTS, COST];

/** Path from the root of the repository -> text. */
export const dashboardFiles = (): ReadonlyMap<string, string> =>
  new Map(
    DASHBOARDS.map((dashboard) => [
      `deploy/grafana/dashboards/${dashboard.uid}.json`,
      `${JSON.stringify(grafanaJson(dashboard), null, 2)}\n`,
    ]),
  );
