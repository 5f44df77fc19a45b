import { count } from '@gondola/config';
import { SIGNAL_KINDS } from '@gondola/events';
import { z } from 'zod';
import { isListedHost } from './addresses.js';

const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|^\[[0-9a-f:.]+\]$/;

const subscriptionSchema = z.strictObject({
  /** Of this subscription, for ever: what was sent is remembered under it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9 and -'),
  /** Where signals are posted to. It stands in no log, but it is no secret either: receivers know us by the signature. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).username === '', 'must not hold a user')
    .refine((url) => new URL(url).hash === '', 'must not hold a fragment'),
  /** One `whsec_` secret a line, the newest first. Each message is signed with all of them, so that a receiver can change over. */
  secretFile: z.string().min(1),
  /** Left out: all. */
  kinds: z.array(z.enum(SIGNAL_KINDS)).min(1).optional(),
  /** Left out: all. */
  stores: z.array(z.string().min(1)).min(1).optional(),
  /** `recovered` passes whatever its numbers are: who was told that a shelf is empty is told that it no longer is. */
  minProbability: z.number().min(0).max(1).default(0),
  /** Of sales, in the store's currency; shelves without a price lose nothing that can be compared. Left out: all. */
  minLostPerHour: z.number().min(0).optional(),
  /** `structured`: one CloudEvent a request. `batch`: up to `batchMax` of them. */
  format: z.enum(['structured', 'batch']).default('structured'),
  batchMax: count(1, 1_000).default(100),
  /** Requests of format `structured` at a time, each of other shelves. */
  parallelMax: count(1, 64).default(4),
  /** From looking the name up to the end of the answer. */
  deadlineMs: count(50, 60_000).default(10_000),
  /** Before the second attempt; it doubles from attempt to attempt. */
  backoffMs: count(10, 60_000).default(1_000),
  backoffMsMax: count(10, 3_600_000).default(600_000),
  /** After so many a signal is a dead letter. */
  attemptsMax: count(1, 1_000).default(30),
  /** A signal that is older is a dead letter, so that a receiver that comes back is not flooded with what is over. */
  ageHoursMax: z.number().positive().max(720).default(24),
});

/** Who is sent signals. Every field has a default; without subscriptions nothing is sent and nothing is read. */
export const webhooksFields = z
  .strictObject({
    /** The only hosts that subscriptions may name, such as `hooks.example.com` or `*.example.com`. */
    hosts: z.array(z.string().regex(HOST, 'must be a host in small letters, or *. and one')).default([]),
    /**
     * Networks (CIDR) that may be reached although they are loopback, link-local, private or otherwise not of the internet. Only
     * there may an address begin with http://.
     */
    privateNetworks: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
    /** Of several instances one sends. After it died, another one takes over so much later. */
    leaseMs: count(300, 600_000).default(30_000),
    subscriptions: z
      .array(subscriptionSchema)
      .max(50)
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names are unique')
      .default([]),
  })
  .superRefine(({ hosts, leaseMs, subscriptions, privateNetworks }, context) => {
    for (const [index, { url, deadlineMs }] of subscriptions.entries()) {
      const { hostname, protocol } = new URL(url);
      const path = (field: string) => ['subscriptions', index, field];
      if (!isListedHost(hostname, hosts))
        context.addIssue({ code: 'custom', path: path('url'), message: `webhooks.hosts lacks ${hostname}` });
      if (protocol === 'http:' && privateNetworks.length === 0)
        context.addIssue({
          ...{ code: 'custom', path: path('url') },
          message: 'must begin with https:// (http:// is for webhooks.privateNetworks)',
        });
      if (3 * deadlineMs > leaseMs)
        context.addIssue({
          ...{ code: 'custom', path: path('deadlineMs') },
          message: 'must be at most a third of webhooks.leaseMs',
        });
    }
  });

export type WebhooksConfig = z.output<typeof webhooksFields>;
export type Subscription = z.output<typeof subscriptionSchema>;
