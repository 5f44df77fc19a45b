import type { Broker, Clock } from '@gondola/stream';
import type { ColumnarOptions } from './columnar/columnar-member.js';
import { accessOf, type Access } from './credentials.js';
import { createGroupSource } from './group-source.js';
import type { KafkaSettings } from './kafka-settings.js';
import type { Member, MemberOptions } from './member.js';
import { TopicAdmin } from './topic-admin.js';
import { KafkaProducers, createKafkaSink } from './kafka-sink.js';

/** Which client reads. Each is loaded with its first use. */
const MEMBERS: Record<KafkaSettings['client'], (options: MemberOptions) => Promise<Member>> = {
  columnar: columnarMember,
  kafkajs: async (options) => new (await import('./kafkajs/kafkajs-member.js')).KafkajsMember(options),
  platformatic: async (options) =>
    new (await import('./platformatic/platformatic-member.js')).PlatformaticMember(options),
};

async function columnarMember(options: ColumnarOptions): Promise<Member> {
  return new (await import('./columnar/columnar-member.js')).ColumnarMember(options);
}

/**
 * Kafka, and what speaks its protocol. Topics are streams, partitions are named by their numbers, positions are offsets.
 * Errors: a `SetupError` at once when a file of the settings cannot be read.
 */
export function createKafkaBroker(settings: KafkaSettings, { clock }: { readonly clock: Clock }): Broker {
  const access: Access = accessOf(settings, clock);
  const admin = new TopicAdmin(access, clock);
  const producers = new KafkaProducers(access, settings, admin);
  return {
    kind: 'kafka',
    prepare: (topic, partitions) => admin.prepare(topic, partitions, settings.createTopics),
    source: (options, deps) =>
      createGroupSource(
        () =>
          MEMBERS[settings.client]({
            topic: options.stream,
            group: options.reader,
            settings,
            access,
          }),
        admin,
        options,
        deps,
      ),
    // Of a compacted topic the first records may be gone at any time.
    wholeSource: (stream, deps) =>
      createGroupSource(
        () => columnarMember({ topic: stream, group: null, settings, access }),
        admin,
        { stream, allowGap: true },
        deps,
      ),
    sink: (topic) => createKafkaSink(producers, topic),
    async close() {
      await producers.close();
      await admin.close();
    },
  };
}
