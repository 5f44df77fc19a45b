import {
  DescribeStreamConsumerCommand,
  RegisterStreamConsumerCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import { GondolaError, type Clock } from '@gondola/stream';
import { asking, isNamed } from './kinesis-failure.js';

const READY_POLL_MS = 500;
const READY_MS_MAX = 60_000;

/**
 * ARN of the stream's consumer of that name, registered when it is not there yet. It stays registered: instances that come
 * and go share it.
 */
export async function registerConsumer(
  client: KinesisClient,
  StreamARN: string | undefined,
  ConsumerName: string,
  clock: Clock,
): Promise<string> {
  const thing = `fan-out consumer ${ConsumerName}`;
  await asking(thing, async () => {
    try {
      await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
    } catch (error) {
      if (!isNamed(error, 'ResourceInUseException')) throw error;
    }
  });
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += READY_POLL_MS) {
    const { ConsumerDescription } = await asking(thing, () =>
      client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName })),
    );
    const { ConsumerStatus, ConsumerARN } = ConsumerDescription ?? {};
    if (ConsumerStatus === 'ACTIVE' && ConsumerARN !== undefined) return ConsumerARN;
    await clock.sleep(READY_POLL_MS);
  }
  throw new GondolaError('stream_unavailable', `${thing} does not become active`, true);
}
