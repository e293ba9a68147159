import type { WaitingJob } from '../waiting-job.js';
import type { Entry } from './queue.scripts.js';

/** A job of this gateway that waits for its reply. */
export interface SentJob {
  task: string;
  job: WaitingJob;
  entry: Entry;
  /** Redis has taken it; from then on it must be answered, whatever happens to Redis. */
  accepted: boolean;
  sentAt: number;
  replied: boolean;
}
