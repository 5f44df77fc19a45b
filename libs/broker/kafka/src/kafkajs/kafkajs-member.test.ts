import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MemberOptions } from '../member.js';
import { KafkajsMember, OFFSET_RESET } from './kafkajs-member.js';

const options: MemberOptions = {
  topic: 't',
  group: 'g',
  access: { bootstrap: ['127.0.0.1:1'], tls: undefined, sasl: undefined },
  settings: {
    bootstrap: ['127.0.0.1:1'],
    client: 'kafkajs',
    createTopics: false,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 15_000,
    fetchBytesMax: 1_000,
    compression: 'none',
    requestBytesMax: 1_000,
  },
};

const skipped = (partition: number, next: number) => ({
  ...{ partition, next, batch: null, bytes: 0, outOfRange: false },
});

it('hands nothing over behind an offset that is gone, however often it is asked', async () => {
  const member = new KafkajsMember(options);
  member['expected'].set(0, 5);
  member['push'](skipped(0, 7));
  // Told by no event when all that is fetched next is filtered out.
  member['consumer'].logger().error(OFFSET_RESET, { topic: 't', partition: 0 });
  member['push'](skipped(0, 30));
  const gone = { name: 'Error', partition: 0, wanted: 7 };
  await expect(member.next(0)).rejects.toMatchObject(gone);
  await expect(member.next(0)).rejects.toMatchObject(gone);
  expect(member.position(0)).toBe(7);
  member['forget']();
  expect(await member.next(0)).toBeNull();
});

it('knows what kafkajs logs when it goes to another offset by itself', () => {
  const path = createRequire(import.meta.url).resolve('kafkajs/src/consumer/consumerGroup.js');
  expect(readFileSync(path, 'utf8')).toContain(`this.logger.error('${OFFSET_RESET}', {`);
});
