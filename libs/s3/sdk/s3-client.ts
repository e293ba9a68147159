import { S3Client } from '@aws-sdk/client-s3';
import type { BucketSettings } from '../bucket.js';

const connectTimeoutMs = 2_000;
/** Nothing was sent or received for so long: the connection is given up, and the call begins anew. */
const idleTimeoutMs = 3_000;
const maxAttempts = 3;
/** More calls than this wait for a connection. */
const maxSockets = 64;

export function createS3Client({ region, endpoint, pathStyle, credentials }: BucketSettings): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
    // What is sealed is checked when it is opened, and older stores know no such checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
