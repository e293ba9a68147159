/**
 * s3: how this product talks to a bucket of S3-compatible storage.
 *
 * Owns: opening a bucket and refusing one that would not do, deadlines, retries, noticing an outage and its end, the rule
 * by which the store itself removes what was forgotten.
 * Refuses: what lies in the bucket and for how long, and being loaded where no bucket is set: the client is 30 MB of memory.
 */
export { Bucket, type BucketSettings } from './bucket.js';
export { BucketFault } from './bucket.fault.js';
export { openBucket } from './open-bucket.js';
