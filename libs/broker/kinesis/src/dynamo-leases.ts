import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { GondolaError, type Clock } from '@gondola/stream';
import { asking } from './kinesis-failure.js';
import { TRIM_HORIZON, type Lease, type LeaseStore } from './lease.js';

type Item = Record<string, AttributeValue>;

const READY_POLL_MS = 250;
const READY_MS_MAX = 60_000;

/** Leases in a table of DynamoDB with the names that KCL uses. Attributes that are not ours stay as they are. */
export function createDynamoLeases(client: DynamoDBClient, TableName: string, clock: Clock): LeaseStore {
  const thing = `lease table ${TableName}`;
  return {
    prepare: () => asking(thing, () => prepareTable(client, TableName, 'leaseKey', clock)),

    list: () =>
      asking(thing, async () => {
        const leases: Lease[] = [];
        let page: Item | undefined;
        do {
          const found = await client.send(
            new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: page }),
          );
          for (const item of found.Items ?? []) leases.push(leaseOf(item));
          page = found.LastEvaluatedKey;
        } while (page);
        return leases;
      }),

    create: (lease) =>
      asking(thing, () => {
        const Item = { leaseKey: text(lease.shard), ...itemOf(lease) };
        return isDone(
          client.send(
            new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(leaseKey)' }),
          ),
        );
      }),

    replace: (before, after) => asking(thing, () => isDone(client.send(updateOf(TableName, before, after)))),

    remove: ({ shard }) =>
      asking(thing, async () => {
        await client.send(new DeleteItemCommand({ TableName, Key: { leaseKey: text(shard) } }));
      }),
  };
}

/** Makes the table with `key` as its only key, when it is not there, and waits until it can be used. */
export async function prepareTable(
  client: DynamoDBClient,
  TableName: string,
  key: string,
  clock: Clock,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += READY_POLL_MS) {
    const status = await tableStatus(client, TableName);
    if (status === 'ACTIVE' || status === 'UPDATING') return;
    if (status === null) await createTable(client, TableName, key);
    await clock.sleep(READY_POLL_MS);
  }
  throw new GondolaError('stream_unavailable', `table ${TableName} does not become active`, true);
}

async function tableStatus(client: DynamoDBClient, TableName: string): Promise<string | null> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus ?? null;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null;
    throw error;
  }
}

async function createTable(client: DynamoDBClient, TableName: string, key: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      }),
    );
  } catch (error) {
    // Another instance makes it right now.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function updateOf(TableName: string, before: Lease, after: Lease): UpdateItemCommand {
  const item = itemOf(after);
  const isOwned = before.owner !== null;
  return new UpdateItemCommand({
    TableName,
    Key: { leaseKey: text(before.shard) },
    UpdateExpression:
      `SET ${Object.keys(item)
        .map((name) => `${name} = :${name}`)
        .join(', ')}` + (after.owner === null ? ' REMOVE leaseOwner' : ''),
    ConditionExpression:
      `leaseCounter = :before AND ` + (isOwned ? 'leaseOwner = :owner' : 'attribute_not_exists(leaseOwner)'),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(item).map(([name, value]) => [`:${name}`, value])),
      ':before': number(before.counter),
      ...(before.owner === null ? {} : { ':owner': text(before.owner) }),
    },
  });
}

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function itemOf({ owner, parents, end, quiet, ...lease }: Lease): Item {
  return {
    leaseCounter: number(lease.counter),
    checkpoint: text(lease.checkpoint),
    checkpointSubSequenceNumber: number(lease.subSequence),
    ownerSwitchesSinceCheckpoint: number(lease.ownerSwitches),
    ...(owner === null ? {} : { leaseOwner: text(owner) }),
    ...(parents.length === 0 ? {} : { parentShardId: { SS: [...parents] } }),
    ...(end === null ? {} : { endPosition: text(end.toString()) }),
    ...(quiet ? { quietPosition: text(quiet.position.toString()), quietAtMs: number(quiet.atMs) } : {}),
  };
}

function leaseOf(item: Item): Lease {
  const { leaseKey, leaseOwner, parentShardId, endPosition, quietPosition, quietAtMs } = item;
  return {
    shard: leaseKey?.S ?? '',
    owner: leaseOwner?.S ?? null,
    counter: Number(item['leaseCounter']?.N ?? 0),
    checkpoint: item['checkpoint']?.S ?? TRIM_HORIZON,
    subSequence: Number(item['checkpointSubSequenceNumber']?.N ?? 0),
    ownerSwitches: Number(item['ownerSwitchesSinceCheckpoint']?.N ?? 0),
    parents: parentShardId?.SS ?? [],
    end: endPosition?.S === undefined ? null : BigInt(endPosition.S),
    quiet:
      quietPosition?.S === undefined
        ? null
        : { position: BigInt(quietPosition.S), atMs: Number(quietAtMs?.N ?? 0) },
  };
}

const text = (S: string): AttributeValue => ({ S });
const number = (N: number): AttributeValue => ({ N: N.toString() });
