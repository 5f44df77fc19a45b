export type ServiceState = 'starting' | 'healthy' | 'disconnected' | 'stopped';

/** Of who finds the world away: never connected is not ready, but who loses a connection may have it back in a moment. */
export const stateWhenAway = (before: ServiceState): ServiceState =>
  before === 'starting' ? 'starting' : 'disconnected';

export interface ServiceHealth {
  readonly state: ServiceState;
  /** One sentence for people; empty when healthy. */
  readonly detail: string;
  readonly sinceMs: number;
}

/** Something that runs until it is told to stop: a pipeline, a tail, a demo. */
export interface Service {
  readonly name: string;
  /** Resolves when everything is published after `signal`, rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
  health(): ServiceHealth;
}
