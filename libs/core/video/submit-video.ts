import { createHash } from 'node:crypto';
import type { TaskContract, VideoQuery, VideoSampling } from '#contracts';
import { assertScope } from '../identity/scopes.js';
import type { JobInput, JobInputs, JobSubmission, SubmitJob, SubmittedJob } from '../jobs/submit-job.js';
import { VideoReader, type ArrivedVideo } from '../ports/video-reader.js';
import { frameInput } from './frame-inputs.js';
import { KeptStills } from './kept-stills.js';

export interface VideoSubmission extends Omit<JobSubmission, 'inputs' | 'task'> {
  /** The task that looks at a frame. */
  task: TaskContract;
  file: AsyncIterable<Uint8Array>;
  query: VideoQuery;
  /** Aborts when the submitter is gone. */
  signal: AbortSignal;
}

/** A detection that goes on with a track may be this part as sure as one that begins it. */
const faintPart = 0.5;

/**
 * Submits a video as a job whose inputs are its frames: they are batched, paid, limited, cancelled and kept as any
 * job's inputs are. The file is gone when this returns; a file that turns out to be broken leaves no job behind.
 */
export class SubmitVideo {
  constructor(
    private readonly reader: VideoReader,
    private readonly submit: SubmitJob,
  ) {}

  /** @throws AppError `video.*`, `request.too_large`, and what `SubmitJob` and the file's chunks throw */
  async execute({ file, query, signal, ...submission }: VideoSubmission): Promise<SubmittedJob> {
    assertScope(submission.principal, submission.task.id);
    const video = await this.reader.receive(file);
    try {
      const inputs = framesAsInputs(video, submission.task, query, signal);
      return await this.submit.execute({ ...submission, inputs });
    } finally {
      await video.close();
    }
  }
}

function framesAsInputs(
  video: ArrivedVideo,
  task: TaskContract,
  query: VideoQuery,
  signal: AbortSignal,
): JobInputs {
  const sampling = samplingOf(query);
  const timesS: number[] = [];
  const stills = new KeptStills();
  const options = {
    minScore: query.minScore * faintPart,
    classAgnostic: true,
    ...(query.labels !== undefined && { labels: query.labels }),
    ...(query.model !== undefined && { model: query.model }),
  };
  return {
    inputs: (async function* (): AsyncGenerator<JobInput> {
      for await (const { timeS, image } of video.frames(sampling, signal)) {
        stills.add({ index: timesS.length, image });
        timesS.push(timeS);
        yield frameInput(task, { ...options, image: Buffer.from(image).toString('base64') });
      }
    })(),
    digest: () => digestOf(video, query),
    video() {
      const { width, height, scale } = video.size() ?? { width: 1, height: 1, scale: 1 };
      const intervalS = sampling.by === 'rate' ? 1 / sampling.framesPerSecond : null;
      const cutsS = video.cuts().flatMap((place) => timesS[place] ?? []);
      const record = { width, height, scale, minScore: query.minScore, intervalS, timesS, cutsS };
      return { record, stills: stills.list() };
    },
  };
}

function samplingOf({ sampling, framesPerSecond, sceneThreshold }: VideoQuery): VideoSampling {
  return sampling === 'rate' ? { by: sampling, framesPerSecond } : { by: sampling, sceneThreshold };
}

function digestOf(video: ArrivedVideo, query: VideoQuery): Uint8Array {
  return createHash('sha256').update(JSON.stringify(query)).update(video.digest).digest();
}
