import { z } from 'zod';
import type { BucketSettings } from './bucket.js';

/** Why a bucket cannot be used, as an operator can mend it. */
export class BucketFault extends Error {
  /** @param passes it may mend itself: the store is out of reach */
  constructor(
    readonly setting: string,
    message: string,
    readonly passes: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'BucketFault';
  }
}

const strangers = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken'];
const elsewhere = ['PermanentRedirect', 'AuthorizationHeaderMalformed'];

/** @param what was tried, with the right that it needs */
export function explainFault(error: unknown, what: string, settings: BucketSettings): BucketFault {
  const { bucket, region, prefix } = settings;
  const at = settings.endpoint ?? 'AWS';
  const name = nameOf(error);
  const fault = (setting: string, message: string, passes = false) =>
    new BucketFault(setting, message, passes, error);
  if (name === 'NoSuchBucket') return fault('PAYLOAD_S3_BUCKET', `there is no bucket ${bucket} at ${at}`);
  if (name === 'CredentialsProviderError')
    return fault('AWS_ACCESS_KEY_ID', 'no credentials were found, there or in the standard places');
  if (strangers.includes(name))
    return fault('AWS_ACCESS_KEY_ID', `${at} does not accept these credentials (${name})`);
  if (elsewhere.includes(name))
    return fault('PAYLOAD_S3_REGION', `the bucket ${bucket} is not in ${region} (${name})`);
  const status = statusOf(error);
  if (status === 403)
    return fault('PAYLOAD_S3_BUCKET', `access denied: may not ${what} below ${bucket}/${prefix} (${name})`);
  if (status === undefined || status >= 500)
    return fault('PAYLOAD_S3_ENDPOINT', `${at} cannot be reached (${reasonOf(error)})`, true);
  return fault('PAYLOAD_S3_BUCKET', `cannot ${what} below ${bucket}/${prefix} (${name})`);
}

/** A word for an outage, without addresses: callers may read it. */
export function reasonOf(error: unknown): string {
  const name = nameOf(error);
  if (name === 'AbortError' || name === 'TimeoutError') return 'no answer in time';
  return read(error).code ?? name;
}

function nameOf(error: unknown): string {
  return read(error).name ?? 'unknown';
}

/** Undefined when the store did not answer at all. */
function statusOf(error: unknown): number | undefined {
  return read(error).$metadata?.httpStatusCode;
}

/** The client has errors of its own, and passes on those of Node. */
const shape = z.object({
  name: z.string().optional(),
  code: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
});

function read(error: unknown): z.infer<typeof shape> {
  return shape.safeParse(error).data ?? {};
}
