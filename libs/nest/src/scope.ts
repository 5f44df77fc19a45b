import { RouteConfig } from '@nestjs/platform-fastify';

/**
 * What a caller must be allowed to do for a route. `open`: nobody is asked who they are (probes, metrics, files of the board,
 * doors that judge by keys of their own).
 */
export const SCOPES = ['read', 'verdict', 'quarantine', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
export type RouteScope = Scope | 'open';

/** Which scope a route takes; without it: `read`. */
export const Scope = (scope: RouteScope): MethodDecorator => RouteConfig({ scope });

/** Of a request, also of one that no route answers. */
export function scopeOf(request: { readonly routeOptions: { readonly config: unknown } }): RouteScope {
  const { scope } = (request.routeOptions.config ?? {}) as { scope?: RouteScope };
  return scope ?? 'read';
}
