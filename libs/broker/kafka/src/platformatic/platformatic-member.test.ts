import { OutOfRange, type MemberOptions } from '../member.js';
import { PlatformaticMember } from './platformatic-member.js';

const options: MemberOptions = {
  topic: 't',
  group: 'g',
  access: { bootstrap: ['127.0.0.1:1'], tls: undefined, sasl: undefined },
  settings: {
    bootstrap: ['127.0.0.1:1'],
    client: 'platformatic',
    createTopics: false,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 15_000,
    fetchBytesMax: 1_000,
    compression: 'none',
    requestBytesMax: 1_000,
  },
};

it('reads on after an offset that was gone, and not after anything else', async () => {
  const member = new PlatformaticMember(options);
  try {
    member['failed'](new OutOfRange(0, 3));
    await expect(member.next(0)).rejects.toThrow(OutOfRange);
    await expect(member.next(0)).rejects.toThrow(OutOfRange);
    member.read(new Map());
    expect(await member.next(0)).toBeNull();
    member['failed'](new Error('no heartbeat'));
    member.read(new Map());
    await expect(member.next(0)).rejects.toThrow('no heartbeat');
  } finally {
    await member.leave();
  }
});
