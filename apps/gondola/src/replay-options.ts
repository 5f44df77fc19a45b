import { parseLakeAddress, type LakeAddress } from '@gondola/config';
import { onePath, UsageError } from './command.js';

export interface ReplayOptions {
  readonly path: string;
  readonly as: 'panel' | 'online-retail' | 'events';
  readonly lake: LakeAddress;
  readonly environment: string;
  readonly stores: readonly number[] | null;
  readonly days: { readonly first: number; readonly last: number } | null;
  /** Event-time seconds per second; null: as fast as it goes. */
  readonly speed: number | null;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Throws `UsageError` naming the option, what it was and what it may be. */
export function parseReplayOptions(positionals: readonly string[], values: Values): ReplayOptions {
  const path = onePath('replay', 'PATH', positionals);
  const as = values['as'];
  if (as !== 'panel' && as !== 'online-retail' && as !== 'events')
    throw new UsageError(`--as is panel, online-retail or events; it was ${as ?? 'not given'}`);
  const lake = values['lake'];
  if (typeof lake !== 'string' || lake === '')
    throw new UsageError('--lake names the folder or URI of the lake; it was not given');
  if (as !== 'panel' && (values['stores'] !== undefined || values['days'] !== undefined))
    throw new UsageError('--stores and --days choose from a panel only');
  const environment = String(values['environment']);
  return {
    path,
    as,
    lake: parseLakeAddress(lake, environment),
    environment,
    stores: values['stores'] === undefined ? null : parseStores(String(values['stores'])),
    days: values['days'] === undefined ? null : parseDays(String(values['days'])),
    speed: parseSpeed(String(values['speed'])),
  };
}

function parseStores(text: string): number[] {
  // Sorted and each once: the same choice is the same replay.
  const stores = [...new Set(text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN)))];
  if (!stores.some(Number.isNaN)) return stores.sort((left, right) => left - right);
  throw new UsageError(`--stores is a list of store numbers such as 3,17; it was ${text}`);
}

function parseDays(text: string): { first: number; last: number } {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  const [first, last] = match ? [Number(match[1]), Number(match[2])] : [1, 0];
  if (first <= last) return { first, last };
  throw new UsageError(`--days is A..B, first and last day, both replayed; it was ${text}`);
}

function parseSpeed(text: string): number | null {
  if (text === 'max') return null;
  const speed = Number(text);
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new UsageError(`--speed is max or seconds of event time per second; it was ${text}`);
}
