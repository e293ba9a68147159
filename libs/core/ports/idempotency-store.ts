/** A request under an `Idempotency-Key`; the body is known by its SHA-256 only. */
export interface IdempotentRequest {
  tenantId: string;
  key: string;
  bodyHash: Uint8Array;
  /** Id of this attempt; ignored when an earlier one exists. */
  requestId: string;
  now: number;
  /** Until when a crashed attempt blocks the key, milliseconds since the epoch. */
  lockedUntil: number;
}

export type IdempotencyStart =
  /** Run it. `requestId` is the first attempt's: metering stays exactly once across a crash and a retry. */
  | { state: 'started'; requestId: string }
  | { state: 'replay'; requestId: string; reply: unknown }
  | { state: 'in_flight'; retryAfterS: number }
  | { state: 'mismatch' };

/** Replies remembered for 24 hours, encrypted at rest with the installation's key. */
export abstract class IdempotencyStore {
  abstract begin(request: IdempotentRequest): Promise<IdempotencyStart>;
  abstract complete(tenantId: string, key: string, reply: unknown, now: number): Promise<void>;
  /** An attempt has failed and said so: a retry may run at once, under the first attempt's id if its body is the same. */
  abstract abandon(tenantId: string, key: string): Promise<void>;
  /** Deletes what has expired, of all tenants, a bounded number a call; resolves with how many. */
  abstract purge(): Promise<number>;
}
