import type { SchemaKind } from './remote-registry.js';

/** A schema as it is given to a registry. */
export interface SchemaText {
  readonly kind: SchemaKind;
  readonly text: string;
  readonly references: readonly {
    readonly name: string;
    readonly subject: string;
    readonly version: number;
  }[];
}

export interface KnownVersion {
  readonly version: number;
  readonly id: number;
}

/** The registry does not take it; why, in its words. */
export interface Refused {
  readonly refused: string;
}

/**
 * A registry as who keeps its subjects sees it. Every question may fail with `registry_unavailable` (canRetry) and
 * `registry_denied`.
 */
export interface SubjectRegistry {
  /** For messages, without secrets. */
  readonly address: string;
  /** Ascending; empty when it has no such subject. */
  versions(subject: string): Promise<readonly number[]>;
  /** Under which version and id the subject has this schema, null when it has not. */
  lookUp(subject: string, schema: SchemaText): Promise<KnownVersion | null>;
  /** The mode that the registry holds the subject to: its own, else the registry's. */
  compatibility(subject: string): Promise<string>;
  setCompatibility(subject: string, mode: string): Promise<Refused | null>;
  /** The text of a version, null when there is none. */
  text(subject: string, version: number): Promise<string | null>;
  /**
   * Why the registry would not take the schema as the subject's next version: null, it would, or has none yet. Some only say that they
   * would not: then there are no words.
   */
  whyIncompatible(subject: string, schema: SchemaText): Promise<readonly string[] | null>;
  register(subject: string, schema: SchemaText): Promise<{ readonly id: number } | Refused>;
}
