import type { Arm, Signal, SignalKind } from '@gondola/events';

/** Fields that are not set let everything through, but signals of the hold-out arm, which nobody is shown. */
export interface SignalFilter {
  readonly environment?: string | undefined;
  readonly storeId?: string | undefined;
  readonly itemId?: string | undefined;
  readonly kinds?: ReadonlySet<SignalKind> | undefined;
  /** Known at or after this time. */
  readonly sinceMs?: number | undefined;
  /** Left out: `treated`. */
  readonly arm?: Arm | 'all' | undefined;
  /** What another line stands for. */
  readonly except?: ((signal: Signal) => boolean) | undefined;
}

export function matches(filter: SignalFilter, signal: Signal): boolean {
  const { arm = 'treated' } = filter;
  return (
    (filter.itemId === undefined || filter.itemId === signal.itemId) &&
    (filter.storeId === undefined || filter.storeId === signal.storeId) &&
    (arm === 'all' || arm === signal.arm) &&
    (filter.kinds === undefined || filter.kinds.has(signal.kind)) &&
    (filter.sinceMs === undefined || signal.atMs >= filter.sinceMs) &&
    (filter.environment === undefined || filter.environment === signal.environment) &&
    !filter.except?.(signal)
  );
}
