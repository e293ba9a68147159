import type { VideoSampling } from '#contracts';

/** A frame that was taken of a video. */
export interface VideoFrame {
  /** Seconds from the beginning of the video; never less than that of the frame before. */
  timeS: number;
  /** JPEG, upright. */
  image: Uint8Array;
}

/** A video file that has arrived whole and can be read once. */
export interface ArrivedVideo {
  /** SHA-256 of the file. */
  readonly digest: Uint8Array;
  /**
   * Frames in the order of time, read as they are asked for.
   * @throws AppError `video.*`: what is wrong with the file may show after good frames; where the
   *   signal aborts its reason, if that is one, else `request.cancelled`
   */
  frames(sampling: VideoSampling, signal: AbortSignal): AsyncGenerator<VideoFrame>;
  /** Pixels of the upright video, and of a frame for one of them; known once there is a frame. */
  size(): { width: number; height: number; scale: number } | undefined;
  /**
   * Places, from 0 on and each once, of frames before which the camera has cut to something else since the frame before;
   * known once the last frame was given. One after the last frame may be the place of a cut too.
   */
  cuts(): readonly number[];
  /** Forgets the file, and ends what reads it. */
  close(): Promise<void>;
}

/** Takes video files apart. Nothing of them is kept, and nothing of them reaches a disk. */
export abstract class VideoReader {
  /**
   * Reads a file to its end.
   * @throws AppError `video.unavailable`, `request.too_large`, `overloaded`, and what the chunks throw
   */
  abstract receive(chunks: AsyncIterable<Uint8Array>): Promise<ArrivedVideo>;
}
