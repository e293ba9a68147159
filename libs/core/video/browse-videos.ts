import { z } from 'zod';
import type { JobResult, VideoFrameView, VideoRecord, VideoView } from '#contracts';
import { AppError } from '#kernel';
import { isOpen, toJobView } from '../jobs/to-job-view.js';
import { ContactSheet } from '../ports/contact-sheet.js';
import type { Attachment } from '../ports/inspection-drawing.js';
import { JobStore, type Job } from '../ports/job-store.js';
import { VideoStore } from '../ports/video-store.js';
import { countTracks } from './count-tracks.js';
import { trackObjects, type SeenObject, type Tracking } from './track-objects.js';
import { trackingRules } from './tracking-rules.js';

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const output = z.object({ detections: z.array(z.object({ label: z.string(), score: z.number(), box })) });

const resultsPerRead = 1_000;

/** A frame's outcome so far. */
interface LookedAt {
  index: number;
  timeS: number;
  objects: SeenObject[];
  error?: JobResult['error'];
}

interface Looked {
  job: Job;
  record: VideoRecord;
  frames: LookedAt[];
  tracking: Tracking;
}

/** What was found in a tenant's videos, worked out from the results of their frames whenever it is asked for. */
export class BrowseVideos {
  constructor(
    private readonly jobs: JobStore,
    private readonly videos: VideoStore,
    private readonly sheet: ContactSheet,
  ) {}

  /** @throws AppError `resource.not_found` */
  async find(tenantId: string, id: string): Promise<VideoView> {
    const { job, record, frames, tracking } = await this.look(tenantId, id);
    const { task: _, ...view } = toJobView(job);
    const { width, height, timesS } = record;
    const { tracks } = tracking;
    return {
      ...view,
      ...{ width, height, lastFrameS: timesS.at(-1) ?? 0, lookedAt: frames.length },
      tracks,
      counts: countTracks(tracking),
    };
  }

  /** In the order of time, those that have been looked at. @throws AppError `resource.not_found` */
  async frames(tenantId: string, id: string): Promise<VideoFrameView[]> {
    const { record, frames, tracking } = await this.look(tenantId, id);
    return frames.map(({ index, timeS, objects, error }, place) => ({
      ...{ index, timeS },
      objects: objects.flatMap((object, i) => {
        const track = tracking.ids[place]?.[i];
        if (track === undefined && object.score < record.minScore) return [];
        return [{ ...(track !== undefined && { track }), ...object }];
      }),
      ...(error !== undefined && { error }),
    }));
  }

  /** @throws AppError `resource.not_found`, and what drawing throws */
  async contactSheet(tenantId: string, id: string): Promise<Attachment> {
    const { record, frames, tracking } = await this.look(tenantId, id);
    const labels = new Map(tracking.tracks.map((track) => [track.id, track.label]));
    const places = new Map(frames.map(({ index }, place) => [index, place]));
    const stills = await this.videos.stills(tenantId, id);
    return this.sheet.draw(
      stills.map(({ index, image }) => {
        const place = places.get(index) ?? -1;
        const objects = (frames[place]?.objects ?? []).flatMap(({ box: found }, i) => {
          const track = tracking.ids[place]?.[i];
          if (track === undefined) return [];
          return [{ track, label: labels.get(track) ?? '', box: scaled(found, record.scale) }];
        });
        return { image, objects, timeS: record.timesS[index] ?? 0 };
      }),
    );
  }

  private async look(tenantId: string, id: string): Promise<Looked> {
    const [job, record] = await Promise.all([this.jobs.find(tenantId, id), this.videos.record(tenantId, id)]);
    if (job === undefined || record === undefined)
      throw new AppError('resource.not_found', { detail: 'There is no such video' });
    const frames = (await this.results(job)).map((result) => lookedAt(result, record));
    const tracking = trackObjects(
      frames.filter(({ error }) => error === undefined),
      trackingRules(record),
    );
    return { job, record, frames, tracking: atEveryFrame(tracking, frames) };
  }

  /** While the job is open those before the first frame without an outcome: tracks cannot go on past it. */
  private async results(job: Job): Promise<JobResult[]> {
    const found: JobResult[] = [];
    for (let fromIndex = 0; fromIndex < job.total; fromIndex = (found.at(-1)?.index ?? job.total) + 1) {
      const page = await this.jobs.results(job.tenantId, job.id, { fromIndex, limit: resultsPerRead });
      found.push(...page);
      if (page.length < resultsPerRead) break;
    }
    const hole = found.findIndex(({ index }, place) => index !== place);
    return isOpen(job) && hole !== -1 ? found.slice(0, hole) : found;
  }
}

/** Frames whose look failed were not tracked: they have no objects. */
function atEveryFrame({ tracks, ids }: Tracking, frames: readonly LookedAt[]): Tracking {
  const left = ids.values();
  return { tracks, ids: frames.map(({ error }) => (error === undefined ? (left.next().value ?? []) : [])) };
}

function lookedAt({ index, output: found, error }: JobResult, { timesS, scale }: VideoRecord): LookedAt {
  const frame = { index, timeS: timesS[index] ?? 0 };
  if (error !== undefined) return { ...frame, objects: [], error };
  const objects = output
    .parse(found)
    .detections.map((detection) => ({ ...detection, box: scaled(detection.box, 1 / scale) }));
  return { ...frame, objects };
}

function scaled({ x, y, width, height }: z.infer<typeof box>, by: number) {
  const pixels = (value: number) => Math.round(value * by * 100) / 100;
  return { x: pixels(x), y: pixels(y), width: pixels(width), height: pixels(height) };
}
