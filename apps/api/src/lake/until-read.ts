import type { GateRequest } from '@gondola/nest';
import type { Service } from '@gondola/stream';
import { lakeIsStillRead } from '../refusals.js';

/**
 * Until the lake was read for the first time nothing is known, and an empty answer would read as "nothing is wrong". Afterwards what
 * is known stays readable, also while the lake is away. `paths`: as routes are registered. Errors: 503.
 */
export function refuseUntilRead(
  feed: Pick<Service, 'health'>,
  paths: ReadonlySet<string>,
): (request: Pick<GateRequest, 'routeOptions'>) => void {
  return ({ routeOptions: { url } }) => {
    if (url !== undefined && paths.has(url) && feed.health().state === 'starting') throw lakeIsStillRead();
  };
}
