import { GetItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SetupError, type Clock } from '@gondola/stream';
import { prepareTable } from './dynamo-leases.js';
import { asking } from './kinesis-failure.js';

/** How far producers are: Kinesis itself remembers nothing of them. */
export interface ProducerStore {
  /** -1 when nothing is known. */
  lastSequence(stream: string, producerId: string): Promise<number>;
  remember(stream: string, producerId: string, sequence: number): Promise<void>;
}

export function createProducerStore(client: DynamoDBClient, TableName: string, clock: Clock): ProducerStore {
  const thing = `table ${TableName}`;
  const keyOf = (stream: string, producerId: string) => ({ producer: { S: `${stream}/${producerId}` } });
  let prepared = false;
  const prepare = async () => {
    if (!prepared) await prepareTable(client, TableName, 'producer', clock);
    prepared = true;
  };
  return {
    lastSequence: (stream, producerId) =>
      asking(thing, async () => {
        await prepare();
        const { Item } = await client.send(
          new GetItemCommand({ TableName, Key: keyOf(stream, producerId), ConsistentRead: true }),
        );
        return Number(Item?.['sequence']?.N ?? -1);
      }),
    remember: (stream, producerId, sequence) =>
      asking(thing, async () => {
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keyOf(stream, producerId),
            UpdateExpression: 'SET #sequence = :sequence',
            ExpressionAttributeNames: { '#sequence': 'sequence' },
            ExpressionAttributeValues: { ':sequence': { N: sequence.toString() } },
          }),
        );
      }),
  };
}

/** Without a table there is nowhere to remember. */
export function refuseProducers(): ProducerStore {
  const refuse = async (): Promise<never> => {
    throw new SetupError(
      'config_invalid',
      'stream.leases: a producer that numbers its records needs a DynamoDB table to be remembered in; set leases.tablePrefix',
    );
  };
  return { lastSequence: refuse, remember: refuse };
}
