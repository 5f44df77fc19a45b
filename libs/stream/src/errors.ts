/** Codes of everything that can go wrong in the world outside. Bad data is never an error: see outcome.ts. */
export type ErrorCode =
  | 'config_invalid'
  | 'environment_mismatch'
  | 'fenced'
  | 'commit_conflict'
  | 'lake_unavailable'
  | 'lake_full'
  | 'lake_denied'
  | 'lake_unconditional'
  | 'lake_corrupt'
  | 'table_unsupported'
  | 'stream_unavailable'
  | 'stream_corrupt'
  | 'registry_unavailable'
  | 'registry_denied'
  | 'position_gap'
  | 'replay_differs'
  | 'port_in_use'
  | 'queue_full'
  | 'quarantine_limit'
  | 'expectation_failed'
  | 'drain_timeout'
  | 'model_invalid'
  | 'tracking_unavailable'
  | 'language_model_unavailable'
  | 'alertmanager_unavailable'
  | 'teams_unavailable'
  | 'contract_invalid'
  | 'input_invalid';

/** Failures of the world outside: a stable code for programs, `canRetry` for the runner, a sentence for people. */
export class GondolaError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly canRetry: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'GondolaError';
  }
}

/** The operator must change something before a retry can help: commands exit 78. */
export class SetupError extends GondolaError {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, false, options);
    this.name = 'SetupError';
  }
}

/** Another writer moved this partition on: drop what is buffered and read again from what the tables say. */
export class FencedError extends GondolaError {
  constructor(table: string, partition: string, expected: string, found: string) {
    super(
      'fenced',
      `${table}: partition ${partition} stands at ${found}, this writer expected ${expected}`,
      true,
    );
    this.name = 'FencedError';
  }
}
