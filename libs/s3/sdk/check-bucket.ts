import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketSettings } from '../bucket.js';
import { BucketFault, explainFault } from '../bucket.fault.js';

const checkTimeoutMs = 10_000;

/** Does everything once that will be asked of the bucket. @throws BucketFault naming the setting and the right that is missing */
export async function checkBucket(client: S3Client, settings: BucketSettings): Promise<void> {
  const { bucket: Bucket, prefix: Prefix } = settings;
  const object = { Bucket, Key: `${Prefix}check-${randomUUID()}` };
  const call = { abortSignal: AbortSignal.timeout(checkTimeoutMs) };
  const tried = async (what: string, attempt: Promise<unknown>) => {
    await attempt.catch((error: unknown) => {
      throw explainFault(error, what, settings);
    });
  };
  await tried('write (s3:PutObject)', client.send(new PutObjectCommand({ ...object, Body: 'check' }), call));
  await tried(
    'read (s3:GetObject)',
    client.send(new GetObjectCommand(object), call).then(({ Body }) => Body?.transformToString()),
  );
  await tried(
    'list (s3:ListBucket)',
    client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), call),
  );
  await tried('delete (s3:DeleteObject)', client.send(new DeleteObjectCommand(object), call));
  if (await keepsVersions(client, Bucket, call))
    throw new BucketFault('PAYLOAD_S3_BUCKET', `${Bucket} keeps versions: what is deleted would stay`, false);
}

/** Who may not ask is believed: the right is of no other use, and not every store has versions. */
async function keepsVersions(
  client: S3Client,
  bucket: string,
  call: { abortSignal: AbortSignal },
): Promise<boolean> {
  const asked = client.send(new GetBucketVersioningCommand({ Bucket: bucket }), call);
  return asked.then(
    ({ Status }) => Status === 'Enabled',
    () => false,
  );
}
