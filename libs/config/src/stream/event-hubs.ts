import { z } from 'zod';
import { count } from '../fields.js';
import { commonStreamFields } from './common.js';

/** Azure Event Hubs over AMQP. Hubs, consumer groups and the container are made by whoever runs the cloud. */
export const eventHubsStreamFields = z
  .strictObject({
    broker: z.literal('event-hubs'),
    ...commonStreamFields,
    /** Signed in to by Entra ID. Without it: a connection string. */
    namespace: z
      .string()
      .regex(/^[A-Za-z0-9.-]+\.[A-Za-z0-9.-]+$/, 'must be a host name such as shops.servicebus.windows.net')
      .optional(),
    /** File with a connection string of the namespace; without it EVENTHUBS_CONNECTION_STRING. */
    connectionStringFile: z.string().min(1).optional(),
    /** Read under it; `gondola-<service>-<environment>` when not set. Two services never share one. */
    consumerGroup: z.string().min(1).max(256).optional(),
    /** Blob container by which instances share the partitions. Without it one instance reads all of them. */
    checkpointStore: z
      .strictObject({
        container: z.string().regex(/^[a-z0-9][a-z0-9-]{2,62}$/, 'must be the name of a container'),
        /** Signed in to by Entra ID. Without it and `endpoint`: AZURE_STORAGE_CONNECTION_STRING. */
        account: z
          .string()
          .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
          .optional(),
        /** Blob endpoint where it is not that of Azure's public cloud. */
        endpoint: z
          .string()
          .regex(/^https?:\/\/[^/?#@\s]+(\/[^?#@\s]*)?$/, 'must be a URL such as https://host')
          .optional(),
      })
      .optional(),
    /** Bytes that are read ahead, of all partitions together. */
    prefetchBytesMax: count(1 << 16, 1 << 30).default(32 << 20),
    /** An instance that has not renewed its partitions for so long is taken for dead. */
    ownerSilentMsMax: count(3_000, 600_000).default(30_000),
  })
  .refine(({ namespace, connectionStringFile }) => !namespace || !connectionStringFile, {
    path: ['connectionStringFile'],
    message: 'is not used where a namespace is named: leave one of the two out',
  });
