/** Where a bucket is, and who asks. */
export interface BucketSettings {
  bucket: string;
  /** What the names of our objects begin with; nobody else's may. */
  prefix: string;
  region: string;
  /** Absent: that of AWS for the region. */
  endpoint?: string;
  /** The bucket stands in the path and not in the host's name. */
  pathStyle: boolean;
  /** Absent: the standard chain, from shared files to the identity of the pod or the instance. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/**
 * Small objects below one prefix of one bucket, named without it. Every call ends by a deadline. While the store is away
 * calls are refused at once, and it is asked in the background until it answers.
 *
 * Errors of all: AppError `payloads.unavailable`.
 */
export abstract class Bucket {
  /** Why nothing can be had at the moment, in words for callers; undefined while all is well. */
  abstract get outage(): string | undefined;
  abstract put(name: string, body: Uint8Array): Promise<void>;
  /** Undefined when there is none. */
  abstract get(name: string): Promise<Buffer | undefined>;
  /** One that is not there is deleted, too. */
  abstract delete(name: string): Promise<void>;
  /** Names in ascending order, from the first on. */
  abstract list(most: number): Promise<string[]>;
  /**
   * Has the store itself remove objects after a day, the least that it can: for when no program of ours is left to.
   * Other rules of the bucket stay. False where that is not permitted.
   */
  abstract expireByRule(): Promise<boolean>;
  abstract close(): void;
}
