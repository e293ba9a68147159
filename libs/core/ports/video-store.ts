import type { VideoRecord } from '#contracts';

/** A frame that is kept to be shown. */
export interface VideoStill {
  /** Its place among the frames. */
  index: number;
  /** JPEG. */
  image: Uint8Array;
}

/** What is kept of the video that a job's inputs are the frames of. */
export interface VideoOfJob {
  record: VideoRecord;
  /** In the order of time. */
  stills: readonly VideoStill[];
}

/** What a tenant's jobs keep of videos, encrypted at rest and gone with the job's results. `JobStore` stores it. */
export abstract class VideoStore {
  /** Undefined where there is no such job, or it is none of a video, or not any more. */
  abstract record(tenantId: string, jobId: string): Promise<VideoRecord | undefined>;
  /** None where `record` gives nothing. */
  abstract stills(tenantId: string, jobId: string): Promise<VideoStill[]>;
}
