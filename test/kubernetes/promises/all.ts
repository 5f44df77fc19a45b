import type { Rendered } from '../chart.js';
import { configPromises } from './configs.js';
import { doorPromises } from './doors.js';
import { namePromises } from './names.js';
import { networkPromises } from './network.js';
import { podPromises } from './pods.js';
import type { ChartPromise } from './promise.js';
import { rolloutPromises } from './rollout.js';
import { scalingPromises } from './scaling.js';

export const PROMISES: readonly ChartPromise[] = [
  ...podPromises,
  ...networkPromises,
  ...scalingPromises,
  ...namePromises,
  ...configPromises,
  ...doorPromises,
  ...rolloutPromises,
];

/** Promises that these manifests break, by what they say. */
export const brokenPromises = (rendered: Rendered): readonly string[] =>
  PROMISES.filter(({ broken }) => broken(rendered).length > 0).map(({ says }) => says);
