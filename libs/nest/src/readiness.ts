import type { Clock, Service, ServiceHealth } from '@gondola/stream';

export interface Readiness {
  readonly ready: boolean;
  readonly services: Readonly<Record<string, ServiceHealth>>;
}

/** A broker that elects a new leader is back in seconds: only who is cut off for longer than `unreadyMs` is not ready. */
export function readinessOf(
  services: readonly Service[],
  clock: Pick<Clock, 'nowMs'>,
  unreadyMs: number,
): () => Readiness {
  const isReady = ({ state, sinceMs }: ServiceHealth) =>
    state === 'healthy' || (state === 'disconnected' && clock.nowMs() - sinceMs < unreadyMs);
  return () => {
    const all = services.map((service) => [service.name, service.health()] as const);
    return { ready: all.every(([, health]) => isReady(health)), services: Object.fromEntries(all) };
  };
}
