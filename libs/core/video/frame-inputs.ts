import { maxVideoDurationS, maxVideoFrames, type PlannedVideo, type TaskContract } from '#contracts';
import { AppError } from '#kernel';
import type { JobInput } from '../jobs/submit-job.js';

/** One frame as an input of the video's job; its units are what it is billed. @throws ZodError of the task's input */
export function frameInput(task: TaskContract, input: object): JobInput {
  const { items } = task.split(task.input.parse(input));
  return {
    text: JSON.stringify(input),
    units: items.reduce<number>((sum, item) => sum + task.amount(item), 0),
  };
}

/**
 * The frames that are looked at, at most. By rate it is the first of each interval that begins within the video; how many
 * scenes there are nobody knows before, so that each frame may begin one.
 */
export function framesAtMost({ sampling, framesPerSecond, durationS, frames }: PlannedVideo): number {
  const taken = sampling === 'rate' ? Math.ceil(durationS * framesPerSecond) : maxVideoFrames;
  return Math.min(taken, frames ?? Infinity);
}

/** Why a video is not taken that has so many frames, the last of them at `timeS`. */
export function tooLong(frames: number, timeS: number): AppError | undefined {
  if (timeS > maxVideoDurationS) {
    const limit = { name: 'video.duration', value: maxVideoDurationS, unit: 's' };
    return new AppError('video.too_long', { detail: 'The video is too long', limit });
  }
  if (frames <= maxVideoFrames) return undefined;
  const limit = { name: 'video.frames', value: maxVideoFrames, unit: 'frames' };
  return new AppError('video.too_long', { detail: 'Take fewer frames a second', limit });
}
