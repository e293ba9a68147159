/**
 * Where payloads lie that are too large to travel in a queue entry: images, long texts. They come sealed. A reference takes
 * the payload's place in the entry.
 */
export abstract class PayloadStore {
  /** Why nothing can be put or read at the moment; undefined while all is well. */
  abstract get outage(): string | undefined;

  /**
   * @param ttlMs after which nobody can want it any more
   * @returns the reference: empty where task and id are enough to find it, else a zero and the store's own name
   */
  abstract put(task: string, id: string, sealed: Buffer, ttlMs: number): Promise<Buffer>;
  /** Undefined when it is gone. */
  abstract get(task: string, id: string, reference: Buffer): Promise<Buffer | undefined>;
  abstract delete(task: string, id: string, reference: Buffer): Promise<void>;
  /** Removes some of what nobody deleted in its time; called every minute. */
  abstract sweep(): Promise<void>;
}

/** True for what takes a payload's place; a sealed payload begins with the version of its format, which is not 0. */
export function isReference(inEntry: Buffer): boolean {
  return inEntry.length === 0 || inEntry[0] === 0;
}
