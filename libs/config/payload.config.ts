import { z } from 'zod';

/** Programs that hand payloads to each other. Names of credentials are those of the standard chain. */
export const payloadSettings = {
  PAYLOAD_S3_BUCKET: z
    .string()
    .min(3)
    .optional()
    .describe('A bucket for payloads that are too large for a queue entry; without it they lie in Redis'),
  PAYLOAD_S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe('Where the storage is, such as https://minio:9000; without it, AWS'),
  PAYLOAD_S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket'),
  PAYLOAD_S3_PREFIX: z
    .string()
    .regex(/^([\w.-]+\/)+$/, 'must be names that each end with a slash')
    .default('inferway/')
    .describe('What the names of objects begin with: for this installation alone, whose programs sweep it'),
  PAYLOAD_S3_PATH_STYLE: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether the bucket stands in the path; true with PAYLOAD_S3_ENDPOINT, false with AWS'),
  AWS_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Who asks for the bucket. Without it, the standard chain: shared files, web identity, container, instance',
    ),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('The secret of AWS_ACCESS_KEY_ID'),
  AWS_SESSION_TOKEN: z.string().min(1).optional().describe('With credentials that were lent for a time'),
};

/** A bucket of S3-compatible storage. */
export interface PayloadBucketConfig {
  bucket: string;
  /** Ends with a slash. */
  prefix: string;
  region: string;
  /** Absent: AWS. */
  endpoint?: string;
  pathStyle: boolean;
  /** Absent: the standard chain. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** A bucket that is half named would be another place than the one that was meant, without a word. */
export function checkPayloadBucket(env: PayloadEnvironment, context: z.RefinementCtx): void {
  const needs = (name: keyof PayloadEnvironment, other: keyof PayloadEnvironment) => {
    if (env[name] === undefined || env[other] !== undefined) return;
    context.addIssue({ code: 'custom', path: [name], message: `needs ${other}` });
  };
  needs('PAYLOAD_S3_ENDPOINT', 'PAYLOAD_S3_BUCKET');
  needs('PAYLOAD_S3_PATH_STYLE', 'PAYLOAD_S3_BUCKET');
  // Without a bucket they may be in the environment for others.
  if (env.PAYLOAD_S3_BUCKET === undefined) return;
  needs('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  needs('AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID');
}

type PayloadEnvironment = z.output<z.ZodObject<typeof payloadSettings>>;

export function payloadBucket(env: PayloadEnvironment): { payloadBucket?: PayloadBucketConfig } {
  const { PAYLOAD_S3_BUCKET: bucket, PAYLOAD_S3_ENDPOINT: endpoint, PAYLOAD_S3_PATH_STYLE: style } = env;
  if (bucket === undefined) return {};
  return {
    payloadBucket: {
      bucket,
      prefix: env.PAYLOAD_S3_PREFIX,
      region: env.PAYLOAD_S3_REGION,
      pathStyle: style === undefined ? endpoint !== undefined : style === 'true',
      ...(endpoint !== undefined && { endpoint }),
      ...credentials(env),
    },
  };
}

function credentials(env: PayloadEnvironment): Pick<PayloadBucketConfig, 'credentials'> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) return {};
  return {
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
    },
  };
}
