import { z } from 'zod';
import { jobView } from './job.js';
import { modelChoice } from './model-choice.js';
import { itemError } from './problem.js';

/** Largest video file; it is held in memory while its frames are taken. */
export const maxVideoBytes = 100 * 1024 * 1024;
/** Longest video, in seconds. */
export const maxVideoDurationS = 3_600;
/** Most frames that are taken of a video. */
export const maxVideoFrames = 3_600;
/** Most pixels of a frame: 4096 × 2304. */
export const maxVideoPixels = 9_437_184;

/** Which frames are looked at: so many a second, or the first and every one that begins a new scene. */
export type VideoSampling = { by: 'rate'; framesPerSecond: number } | { by: 'scene'; sceneThreshold: number };

/** A number as text of a query, and as a number of a document. */
const number = (min: number, max: number, fallback: number) =>
  z.coerce
    .number()
    .min(min)
    .max(max)
    .default(fallback)
    .meta({ override: { type: 'number', minimum: min, maximum: max, default: fallback } });

/** The query of `POST /v1/videos`; the body is the file. */
export const videoQuery = z.object({
  sampling: z
    .enum(['rate', 'scene'])
    .default('rate')
    .describe('rate: frames at a steady rate. scene: the first frame and each that begins a new scene'),
  framesPerSecond: number(0.1, 30, 5).describe('Frames looked at for each second, where sampling is by rate'),
  sceneThreshold: number(0.01, 1, 0.3).describe(
    'How unlike the frame before a frame must be to begin a scene, where sampling is by scene',
  ),
  minScore: number(0.05, 1, 0.35).describe(
    'Least score of a detection that begins a track; half of it is enough to go on with one',
  ),
  labels: z
    .string()
    .max(2_000)
    .transform((text) => text.split(',').map((label) => label.trim()))
    .pipe(z.array(z.string().min(1).max(100)).min(1).max(100))
    .optional()
    .meta({ override: { type: 'string', maxLength: 2_000 } })
    .describe('Look for these only, separated by commas; without it for everything the model knows'),
  model: modelChoice().optional(),
  webhook: z.string().max(2_048).optional().describe('https URL that is told when the job ends'),
});
export type VideoQuery = z.infer<typeof videoQuery>;

/** A video that is not there yet, by what decides how many of its frames are looked at. */
export const plannedVideo = videoQuery
  .pick({ sampling: true, framesPerSecond: true })
  .extend({
    durationS: z.number().positive().max(maxVideoDurationS).describe('seconds'),
    frames: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('how many frames the file has, where known: no more are looked at'),
  })
  .meta({ id: 'PlannedVideo' });
export type PlannedVideo = z.infer<typeof plannedVideo>;

/** What is kept of a video beside its frames' detections. */
export const videoRecord = z.object({
  /** Pixels of the upright video. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Pixels of the frames that were looked at, for one of the video. */
  scale: z.number().positive(),
  minScore: z.number(),
  /** How far apart frames are meant to be, in seconds; null where scenes decide. */
  intervalS: z.number().positive().nullable(),
  /** When each frame is shown, in seconds from the beginning. */
  timesS: z.array(z.number().min(0)),
  /** Those of them before which the camera has cut to something else; none of videos of before this was known. */
  cutsS: z.array(z.number().min(0)).default([]),
});
export type VideoRecord = z.infer<typeof videoRecord>;

const count = () => z.int().min(0).max(1_000_000);
const side = () => z.int().min(1).max(maxVideoPixels);
const seconds = () => z.number().min(0).describe('seconds from the beginning');

const boxOfVideo = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).meta({
  id: 'VideoBox',
  description: 'in pixels of the upright video; x and y are those of the top left corner',
});

/** One thing, from its first sight to its last. */
export const videoTrack = z
  .object({
    id: count().min(1).describe('the same in every frame'),
    label: z.string(),
    score: z.number().min(0).max(1).describe('its best'),
    enterS: seconds(),
    leaveS: seconds(),
    frames: count().min(1).describe('in which it was seen'),
  })
  .meta({ id: 'VideoTrack' });

export const videoCount = z
  .object({
    label: z.string(),
    tracks: count().min(1).describe('things of this label'),
    mostAtOnce: count().describe('most of them in one frame'),
  })
  .meta({ id: 'VideoCount' });
export type VideoCount = z.infer<typeof videoCount>;

/** A video: the job that looks at its frames, and what was found in those that have been looked at. */
export const videoView = jobView
  .omit({ task: true })
  .extend({
    width: side().describe('pixels, upright'),
    height: side(),
    lastFrameS: seconds(),
    lookedAt: z.int().min(0).max(maxVideoFrames).describe('frames that tracks and counts are of'),
    tracks: z.array(videoTrack),
    counts: z.array(videoCount).describe('most things first'),
  })
  .meta({ id: 'Video' });
export type VideoView = z.infer<typeof videoView>;

/** A line of a video's frames. */
export const videoFrameView = z
  .object({
    index: z.int().min(0).max(maxVideoFrames),
    timeS: seconds(),
    objects: z.array(
      z.object({
        track: count().min(1).optional().describe('absent for what was too short to be a thing'),
        label: z.string(),
        score: z.number().min(0).max(1),
        box: boxOfVideo,
      }),
    ),
    error: itemError.optional().describe('why this frame could not be looked at'),
  })
  .meta({ id: 'VideoFrame' });
export type VideoFrameView = z.infer<typeof videoFrameView>;
