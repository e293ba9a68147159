import type { ClusterConfig } from '#config';
import { StartupError, type Cleanup } from '#process';
import { BucketFault, openBucket, type Bucket } from '#s3';

/**
 * @param onError told when the bucket goes away, which comes back by itself
 * @throws StartupError when it is out of reach (exit 69), or there is none or it may not be used (exit 78)
 */
export async function openPayloadBucket(
  settings: ClusterConfig['payloadBucket'],
  onError: (error: unknown) => void,
  cleanup: Cleanup,
): Promise<Bucket | undefined> {
  if (settings === undefined) return undefined;
  try {
    const bucket = await openBucket(settings, onError);
    cleanup.add(() => {
      bucket.close();
    });
    return bucket;
  } catch (error) {
    if (!(error instanceof BucketFault)) throw error;
    throw new StartupError(`${error.setting}: ${error.message}`, error.passes ? 69 : 78);
  }
}
