import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketSettings } from '../bucket.js';

/** Sees to a rule that removes our objects after a day. False where that may not be read or written. */
export async function keepExpiryRule(
  client: S3Client,
  { bucket: Bucket, prefix }: BucketSettings,
  call: { abortSignal: AbortSignal },
): Promise<boolean> {
  try {
    const rules = await rulesOf(client, Bucket, call);
    if (rules.some((rule) => expires(rule, prefix))) return true;
    const own: LifecycleRule = {
      ID: `inferway ${prefix}`,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      Expiration: { Days: 1 },
    };
    // All rules are written at once: whoever else has some keeps them.
    const LifecycleConfiguration = { Rules: [...rules, own] };
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }), call);
    return true;
  } catch {
    return false;
  }
}

async function rulesOf(
  client: S3Client,
  bucket: string,
  call: { abortSignal: AbortSignal },
): Promise<LifecycleRule[]> {
  try {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
    return (await client.send(command, call)).Rules ?? [];
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

function expires({ Status, Filter, Expiration }: LifecycleRule, prefix: string): boolean {
  const covers = Filter?.Prefix !== undefined && prefix.startsWith(Filter.Prefix);
  return Status === 'Enabled' && covers && Expiration?.Days !== undefined && Expiration.Days <= 7;
}
