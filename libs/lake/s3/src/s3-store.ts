import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import {
  createCloudStore,
  EXPIRED,
  type CloudObjects,
  type CloudStoreDeps,
  type PartsUpload,
} from '@gondola/lake-cloud-store';
import type { ObjectStore } from '@gondola/stream';
import { refusalOf } from './refusal.js';
import { unfinishedKey, unfinishedOf } from './unfinished-upload.js';

const CONNECT_MS_MAX = 5_000;

export interface S3Location {
  readonly bucket: string;
  /** Folder of the lake within the bucket, without slashes at its ends; '' is the whole bucket. */
  readonly prefix: string;
  /** Where the SDK's own settings say none: `AWS_REGION`, the shared configuration file. */
  readonly region?: string | undefined;
  /** Base URL of a store that speaks S3; Amazon's when not set. */
  readonly endpoint?: string | undefined;
  /** The bucket in the path, not in the host name: what most stores other than Amazon's want. */
  readonly pathStyle?: boolean | undefined;
}

/**
 * A lake on S3 or on a store that honours `If-None-Match: *` as S3 does. Credentials come from the SDK's default chain:
 * environment, shared files, web identity, container or instance.
 */
export function createS3Store(location: S3Location, deps: CloudStoreDeps): ObjectStore {
  return createCloudStore(createS3Objects(location), location.prefix, deps);
}

function createS3Objects({ bucket, prefix, region, endpoint, pathStyle }: S3Location): CloudObjects {
  const connect = () =>
    new S3Client({
      // Each attempt is ours to repeat.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECT_MS_MAX },
      ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }),
      ...(region === undefined ? {} : { region }),
      forcePathStyle: pathStyle ?? endpoint !== undefined,
    });
  let client = connect();
  const put = async (Key: string, Body: Uint8Array, abortSignal: AbortSignal, IfNoneMatch?: '*') => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, IfNoneMatch }), { abortSignal });
  };

  return {
    address: `s3://${bucket}/${prefix}${endpoint === undefined ? '' : `?endpoint=${endpoint}`}`,
    create: (key, bytes, signal) => put(key, bytes, signal, '*'),
    write: (key, bytes, signal) => put(key, bytes, signal),
    startParts: (key, signal) => startParts(() => client, bucket, key, signal),

    async read(Key, abortSignal) {
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }), {
        abortSignal,
      });
      if (!Body || ContentLength === undefined) throw new Error(`${Key}: an answer without a body`);
      return { bytes: ContentLength, chunks: Body as AsyncIterable<Uint8Array> };
    },

    async list({ prefix: Prefix, startAfter, recursive, page }, abortSignal) {
      const found = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix,
          StartAfter: startAfter,
          Delimiter: recursive ? undefined : '/',
          ContinuationToken: page,
        }),
        { abortSignal },
      );
      const objects = (found.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
        key: Key,
        bytes: Size,
        modifiedMs: LastModified?.getTime() ?? 0,
      }));
      return { objects, next: found.NextContinuationToken };
    },

    async listUnfinished({ prefix: Prefix, page }, abortSignal) {
      const [KeyMarker, UploadIdMarker] = page === undefined ? [] : (JSON.parse(page) as string[]);
      const found = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix, KeyMarker, UploadIdMarker }),
        { abortSignal },
      );
      const objects = (found.Uploads ?? []).flatMap(({ Key = '', UploadId = '', Initiated }) => {
        const key = unfinishedKey(Key, UploadId);
        return key === null ? [] : [{ key, bytes: 0, modifiedMs: Initiated?.getTime() ?? Infinity }];
      });
      return { objects, next: nextUploadsOf(found) };
    },

    async remove(key, abortSignal) {
      const upload = unfinishedOf(key);
      const target = { Bucket: bucket, ...(upload ?? { Key: key }) };
      if (upload)
        await client.send(new AbortMultipartUploadCommand({ ...target, ...upload }), { abortSignal });
      else await client.send(new DeleteObjectCommand(target), { abortSignal });
    },

    refusalOf(error) {
      const refusal = refusalOf(error);
      // A client keeps what credentials it found, however they fare: another one asks anew.
      if (refusal !== null && EXPIRED.has(refusal.code)) client = connect();
      return refusal;
    },
  };
}

/** Some stores say that there is more and not where: asked again they would give the same for ever. */
function nextUploadsOf({
  IsTruncated,
  NextKeyMarker,
  NextUploadIdMarker,
}: ListMultipartUploadsCommandOutput): string | undefined {
  return IsTruncated && NextKeyMarker ? JSON.stringify([NextKeyMarker, NextUploadIdMarker]) : undefined;
}

async function startParts(
  clientNow: () => S3Client,
  Bucket: string,
  Key: string,
  abortSignal: AbortSignal,
): Promise<PartsUpload> {
  const { UploadId } = await clientNow().send(new CreateMultipartUploadCommand({ Bucket, Key }), {
    abortSignal,
  });
  const target = { Bucket, Key, UploadId };
  const etags = new Map<number, string | undefined>();
  return {
    async put(PartNumber, Body, signal) {
      const { ETag } = await clientNow().send(new UploadPartCommand({ ...target, PartNumber, Body }), {
        abortSignal: signal,
      });
      etags.set(PartNumber, ETag);
    },
    async complete(signal) {
      const Parts = [...etags]
        .sort(([left], [right]) => left - right)
        .map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
      await clientNow().send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }), {
        abortSignal: signal,
      });
    },
    async abort(signal) {
      await clientNow().send(new AbortMultipartUploadCommand(target), { abortSignal: signal });
    },
  };
}
