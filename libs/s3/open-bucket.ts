import type { Bucket, BucketSettings } from './bucket.js';

/**
 * Writes, reads, lists and deletes one object, and gives the bucket if all of that may be done.
 * @param onError told when an outage begins
 * @throws BucketFault
 */
export async function openBucket(
  settings: BucketSettings,
  onError: (error: unknown) => void,
): Promise<Bucket> {
  // Here and not above: the client would be loaded by programs that have no bucket.
  const { SdkBucket } = await import('./sdk/sdk-bucket.js');
  return SdkBucket.open(settings, onError);
}
