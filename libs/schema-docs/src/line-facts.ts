/** Of the line that the contracts are used in: what contracts by themselves do not say. */
export interface LineFacts {
  readonly environment: string;
  /** Stream on which events come in. */
  readonly stream: string;
  /** Stream on which signals go out. */
  readonly signals: string;
  /** Subjects that detection writes; all others come from producers. */
  readonly written: ReadonlySet<string>;
  /** Subjects that detection looks things up in, although they move no stock. */
  readonly reference: ReadonlySet<string>;
  /** Where the streams are topics of Kafka. */
  readonly kafka: {
    readonly bootstrap: readonly string[];
    readonly isEncrypted: boolean;
    readonly mechanism: string | null;
  } | null;
  /** Where ids of schemas are looked up; null: in `schemas/ids.json` and the api. */
  readonly registryUrl: string | null;
}
