import type { Team } from '../rules/alert.js';
import { ENVIRONMENTS, type Environment } from '../rules/limits.js';
import { yamlOf } from '../rules/rule-files.js';
import { global, pagerOf, receiversOf, TEAMS } from './receivers.js';

/** Weekly maintenance and the night, as the people who are told live them. One-off windows are silences: `npx gondola silences`. */
const TIME_INTERVALS = [
  {
    name: 'maintenance',
    time_intervals: [
      {
        weekdays: ['sunday'],
        times: [{ start_time: '02:00', end_time: '04:00' }],
        location: 'America/Bogota',
      },
    ],
  },
  {
    // A wave that is coming is told of before a store opens, so the night ends early.
    name: 'night',
    time_intervals: [
      {
        times: [
          { start_time: '22:00', end_time: '24:00' },
          { start_time: '00:00', end_time: '03:00' },
        ],
        location: 'America/Bogota',
      },
    ],
  },
];

/** When a team's messages wait: those of the line during maintenance, warnings of stores at night. */
const mutedOf = (team: Team, severity: 'critical' | 'warning') => {
  const muted = team === 'store-operations' ? (severity === 'warning' ? ['night'] : []) : ['maintenance'];
  return muted.length === 0 ? {} : { mute_time_intervals: muted };
};

interface Timing {
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}
const TIMING: Readonly<Record<Environment, Timing>> = {
  dev: { group_wait: '30s', group_interval: '5m', repeat_interval: '24h' },
  qa: { group_wait: '30s', group_interval: '5m', repeat_interval: '12h' },
  prod: { group_wait: '30s', group_interval: '5m', repeat_interval: '4h' },
};

function routeOf(environment: Environment, timing: Timing): object {
  const root = { receiver: 'webhook', group_by: ['environment', 'store', 'cause'], ...timing };
  if (environment === 'dev') return root;
  const pagers = TEAMS.map((team) => ({
    receiver: pagerOf(team),
    matchers: ['severity="critical"', `team="${team}"`],
    ...mutedOf(team, 'critical'),
    continue: true,
  }));
  const teams = TEAMS.flatMap((team) =>
    (['critical', 'warning'] as const).map((severity) => ({
      receiver: team,
      matchers: [`severity="${severity}"`, `team="${team}"`],
      ...mutedOf(team, severity),
    })),
  );
  return {
    ...root,
    routes: [
      // All goes here too, and on.
      { receiver: 'webhook', continue: true },
      { receiver: 'nobody', matchers: ['severity="info"'] },
      ...(environment === 'prod' ? pagers : []),
      ...teams,
    ],
  };
}

const named = (...names: readonly string[]) => `alertname=~"${names.join('|')}"`;

/** Which trouble stands for which: who hears of the cause need not hear of what follows from it. */
const INHIBIT_RULES = [
  // Nothing is seen of the store.
  {
    source_matchers: [named('StoreFeedDead', 'StoreClosedUnexpectedly')],
    target_matchers: ['about="shelves"'],
    equal: ['environment', 'store'],
  },
  // Nothing is seen of any store. Detection may well read on where ingest cannot.
  ...[[named('DetectorSilent')], [named('StreamUnreachable'), 'pipeline="detect"']].map(
    (source_matchers) => ({
      source_matchers,
      target_matchers: ['cause=~"out|phantom|lost_sales|coming|feed|closed|item"'],
      equal: ['environment'],
    }),
  ),
  {
    source_matchers: [named('ManyFeedsDead')],
    target_matchers: [named('StoreFeedDead', 'StoreClosedUnexpectedly', 'ChainOutOfStockUnusual')],
    equal: ['environment'],
  },
  {
    source_matchers: [named('ChainOutOfStockUnusual')],
    target_matchers: [named('StoreOutOfStockUnusual', 'StoreLostSalesHigh')],
    equal: ['environment'],
  },
  // A shelf whose record is wrong is empty as well, and an empty one loses sales.
  {
    source_matchers: [named('StorePhantomSurge')],
    target_matchers: [named('StoreOutOfStockUnusual', 'StoreLostSalesHigh')],
    equal: ['environment', 'store'],
  },
  {
    source_matchers: [named('StoreOutOfStockUnusual')],
    target_matchers: [named('StoreLostSalesHigh')],
    equal: ['environment', 'store'],
  },
  // Who waits for the world outside is behind, and late.
  {
    source_matchers: [named('LakeUnreachable', 'RegistryUnreachable', 'StreamUnreachable')],
    target_matchers: [
      named('LineLagging', 'FreshnessBudgetBurnsFast', 'FreshnessBudgetBurnsSlowly', 'SnapshotTooOld'),
    ],
    equal: ['environment', 'pipeline'],
  },
];

/** An Alertmanager's configuration. `change` is for tests, whose receivers are elsewhere and whose time is short. */
export function alertmanagerConfig(
  environment: Environment,
  change: { readonly timing?: Timing; readonly receivers?: readonly object[] } = {},
) {
  const isDev = environment === 'dev';
  return {
    ...(isDev ? {} : { global }),
    route: routeOf(environment, change.timing ?? TIMING[environment]),
    inhibit_rules: INHIBIT_RULES,
    ...(isDev ? {} : { time_intervals: TIME_INTERVALS }),
    receivers: change.receivers ?? receiversOf(environment),
  };
}

/** Path from the root of the repository -> text. */
export const alertmanagerFiles = (): ReadonlyMap<string, string> =>
  new Map(
    ENVIRONMENTS.map((environment) => [
      `deploy/alertmanager/${environment}.yaml`,
      yamlOf(alertmanagerConfig(environment)),
    ]),
  );
