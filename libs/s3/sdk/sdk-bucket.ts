import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '#kernel';
import { Bucket, type BucketSettings } from '../bucket.js';
import { reasonOf } from '../bucket.fault.js';
import { Outage } from '../outage.js';
import { checkBucket } from './check-bucket.js';
import { keepExpiryRule } from './expiry-rule.js';
import { createS3Client } from './s3-client.js';

const callTimeoutMs = 5_000;
/** A slower line than this to the store is none. */
const bytesPerMs = 4_000;
/** No request's body is that large, sealed or not. */
const maxObjectBytes = 32 * 1024 * 1024;

/** By the SDK of AWS, for its chain of credentials, its retries and its signatures. */
export class SdkBucket extends Bucket {
  private readonly away: Outage;

  private constructor(
    private readonly client: S3Client,
    private readonly settings: BucketSettings,
    onError: (error: unknown) => void,
  ) {
    super();
    this.away = new Outage(() => this.names(1, within(callTimeoutMs)), onError);
  }

  /** @throws BucketFault */
  static async open(settings: BucketSettings, onError: (error: unknown) => void): Promise<SdkBucket> {
    const client = createS3Client(settings);
    try {
      await checkBucket(client, settings);
      return new SdkBucket(client, settings, onError);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  override get outage(): string | undefined {
    const { reason } = this.away;
    return reason === undefined ? undefined : explain(reason);
  }

  override async put(name: string, body: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({ ...this.at(name), Body: body });
    await this.reach(callTimeoutMs + body.length / bytesPerMs, (call) => this.client.send(command, call));
  }

  override get(name: string): Promise<Buffer | undefined> {
    return this.reach(callTimeoutMs + maxObjectBytes / bytesPerMs, (call) => this.read(name, call));
  }

  override async delete(name: string): Promise<void> {
    const command = new DeleteObjectCommand(this.at(name));
    await this.reach(callTimeoutMs, (call) => this.client.send(command, call));
  }

  override list(most: number): Promise<string[]> {
    return this.reach(callTimeoutMs, (call) => this.names(most, call));
  }

  override expireByRule(): Promise<boolean> {
    return keepExpiryRule(this.client, this.settings, within(callTimeoutMs));
  }

  override close(): void {
    this.away.close();
    this.client.destroy();
  }

  private async read(name: string, call: Call): Promise<Buffer | undefined> {
    try {
      const { Body, ContentLength = 0 } = await this.client.send(new GetObjectCommand(this.at(name)), call);
      if (Body === undefined || ContentLength > maxObjectBytes)
        throw new Error(`${name} has ${ContentLength} bytes`);
      return Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  private async names(most: number, call: Call): Promise<string[]> {
    const { bucket: Bucket, prefix: Prefix } = this.settings;
    const command = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: most });
    const { Contents = [] } = await this.client.send(command, call);
    return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(Prefix.length)]));
  }

  private at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: this.settings.prefix + name };
  }

  private async reach<T>(timeoutMs: number, operation: (call: Call) => Promise<T>): Promise<T> {
    if (this.outage !== undefined) throw unavailable(this.outage);
    try {
      return await operation(within(timeoutMs));
    } catch (cause) {
      this.away.begin(cause);
      throw unavailable(explain(reasonOf(cause)), cause);
    }
  }
}

interface Call {
  abortSignal: AbortSignal;
}

function within(timeoutMs: number): Call {
  return { abortSignal: AbortSignal.timeout(Math.ceil(timeoutMs)) };
}

function explain(reason: string): string {
  return `The store of large payloads cannot be reached (${reason})`;
}

function unavailable(detail: string, cause?: unknown): AppError {
  return new AppError('payloads.unavailable', { detail, retryAfterS: 1 }, { cause });
}
