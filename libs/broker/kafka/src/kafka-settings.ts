/** How a Kafka cluster is reached and read. Secrets are files: nothing secret stands in a configuration. */
export interface KafkaSettings extends KafkaConnection {
  /** Which client reads; positions, errors and the sink are the same with each. */
  readonly client: 'columnar' | 'kafkajs' | 'platformatic';
  /** Makes topics that are not there (one copy each): for one machine, never for a shared cluster. */
  readonly createTopics: boolean;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Static membership: a name that this instance keeps over restarts. */
  readonly instanceId?: string | undefined;
  /** Bytes of one fetch (see also `responseBytesMax`); as much again may wait to be polled. */
  readonly fetchBytesMax: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Bytes of one produce request, before compression. One record may be larger, if the topic allows it. */
  readonly requestBytesMax: number;
}

export interface KafkaConnection {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly bootstrap: readonly string[];
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
}

/** PEM files. Without `caFile` the authorities that Node knows. */
export interface KafkaTls {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly passwordFile: string;
    }
  /** One of the two. The file is read anew for each connection: something else keeps its token fresh. */
  | {
      readonly mechanism: 'oauthbearer';
      readonly tokenFile?: string | undefined;
      readonly clientCredentials?: ClientCredentials | undefined;
    }
  /** Amazon MSK with the default chain of AWS credentials. */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string }
  /** The Kafka endpoint of Azure Event Hubs: the file holds the namespace's connection string. */
  | { readonly mechanism: 'event-hubs'; readonly connectionStringFile: string };

/** OAuth's grant of that name. */
export interface ClientCredentials {
  readonly endpoint: string;
  readonly clientId: string;
  readonly secretFile: string;
  readonly scope?: string | undefined;
}
