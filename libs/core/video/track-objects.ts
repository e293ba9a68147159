import { matchBoxes, type Box } from './match-boxes.js';

export interface SeenObject {
  label: string;
  score: number;
  /** Pixels. */
  box: Box;
}

/** What was found in one frame. */
export interface SeenFrame {
  /** Seconds from the beginning; later than the frame before. */
  timeS: number;
  objects: readonly SeenObject[];
}

export interface TrackingOptions {
  /** Least score that begins a track; objects below it only go on with one. */
  minScore: number;
  /** How long something may be out of sight and still be itself when it is seen again, seconds. */
  maxGapS: number;
  /** Frames in which a thing must be seen to be one. */
  minFrames: number;
  /** Times of frames before which the camera has cut to something else, in their order: nothing goes on across them. */
  cutsS: readonly number[];
}

/** One thing, from its first sight to its last. */
export interface Track {
  /** From 1, in the order in which things were sure to be there. */
  id: number;
  /** The one that most of its score is for. */
  label: string;
  /** Its best. */
  score: number;
  enterS: number;
  leaveS: number;
  /** In which it was seen. */
  frames: number;
}

export interface Tracking {
  tracks: Track[];
  /** For each object of each frame the id of its track, if it has one. */
  ids: (number | undefined)[][];
}

/** How much a box must overlap the place where a track is expected; less for what is surely there. */
const minOverlap = { sure: 0.2, faint: 0.4 };
/** What the newest movement counts for against those before. */
const newestWeight = 0.5;

/**
 * Tells which detections of consecutive frames are one thing, as ByteTrack does (Zhang et al., "ByteTrack: Multi-Object
 * Tracking by Associating Every Detection Box", ECCV 2022): sure detections are matched with tracks first, then those
 * that are left with faint ones, which a thing gives that is half hidden or blurred; only sure ones begin tracks.
 *
 * Differs from it in four things. A track moves on by its mean velocity, in place of a Kalman filter, which the few
 * frames a second here would not settle. Boxes are matched greedily, best first, in place of the Hungarian method, which
 * differs only where more than two boxes lie on each other. A detector's label flickers, so a label of its own does
 * not keep a box from a track: it halves their likeness. A cut ends all tracks: what stands in the same place after it
 * is something else, and that it may be the same thing again only its looks could tell.
 *
 * What is known of frames does not change with those that follow, but for ids given later to things already seen.
 */
export function trackObjects(frames: readonly SeenFrame[], options: TrackingOptions): Tracking {
  const tracker = new Tracker(options);
  for (const frame of frames) tracker.see(frame);
  return tracker.tracking();
}

class Tracker {
  private readonly known: Trace[] = [];
  private live: Trace[] = [];
  private readonly traces: (Trace | undefined)[][] = [];

  constructor(private readonly options: TrackingOptions) {}

  see({ timeS, objects }: SeenFrame): void {
    const { minScore, maxGapS, minFrames } = this.options;
    const sceneS = this.sceneAt(timeS);
    this.live = this.live.filter(({ leaveS }) => leaveS >= sceneS && timeS - leaveS <= maxGapS);
    const found: (Trace | undefined)[] = objects.map(() => undefined);
    const places = objects.map((_, place) => place);
    const take = (trace: Trace, place: number) => {
      const object = objects[place];
      if (object === undefined) return;
      trace.follow(object, timeS);
      found[place] = trace;
      if (trace.frames >= minFrames && trace.id === undefined) trace.id = this.known.push(trace);
    };
    const isSure = (place: number) => (objects[place]?.score ?? 0) >= minScore;
    const sure = places.filter(isSure);
    const faint = places.filter((place) => !isSure(place));
    const lastS = this.lastS;
    const left = this.match(this.live, sure, objects, timeS, minOverlap.sure, take);
    // A faint box is believed only where the thing was a moment ago.
    const present = left.filter((trace) => trace.leaveS === lastS);
    this.match(present, faint, objects, timeS, minOverlap.faint, take);
    for (const place of sure) {
      if (found[place] !== undefined) continue;
      const trace = new Trace();
      this.live.push(trace);
      take(trace, place);
    }
    this.lastS = timeS;
    this.traces.push(found);
  }

  private lastS = NaN;
  private cuts = 0;

  tracking(): Tracking {
    return {
      tracks: this.known.map((trace, index) => trace.describe(index + 1)),
      ids: this.traces.map((frame) => frame.map((trace) => trace?.id)),
    };
  }

  /** When the scene of that time began; times only grow. */
  private sceneAt(timeS: number): number {
    const { cutsS } = this.options;
    while ((cutsS[this.cuts] ?? Infinity) <= timeS) this.cuts += 1;
    return cutsS[this.cuts - 1] ?? 0;
  }

  /** Gives the traces that nothing was found for. */
  private match(
    traces: readonly Trace[],
    places: readonly number[],
    objects: readonly SeenObject[],
    timeS: number,
    least: number,
    take: (trace: Trace, place: number) => void,
  ): Trace[] {
    const expected = traces.map((trace) => ({ label: trace.label, box: trace.expectedAt(timeS) }));
    const seen = places.flatMap((place) => objects[place] ?? []);
    const pairs = matchBoxes(expected, seen, least);
    for (const [traceIndex, seenIndex] of pairs) {
      const [trace, place] = [traces[traceIndex], places[seenIndex]];
      if (trace !== undefined && place !== undefined) take(trace, place);
    }
    const matched = new Set(pairs.map(([traceIndex]) => traceIndex));
    return traces.filter((_, index) => !matched.has(index));
  }
}

/** What is known of a thing so far. */
class Trace {
  id: number | undefined;
  frames = 0;
  leaveS = NaN;
  private enterS = NaN;
  private score = 0;
  private box: Box = { x: 0, y: 0, width: 0, height: 0 };
  /** Pixels a second of its centre; undefined until it was seen twice. */
  private velocity: { x: number; y: number } | undefined;
  private readonly votes = new Map<string, number>();

  get label(): string {
    let best = '';
    for (const [label, votes] of this.votes) if (votes > (this.votes.get(best) ?? 0)) best = label;
    return best;
  }

  follow({ label, score, box }: SeenObject, timeS: number): void {
    if (this.frames === 0) this.enterS = timeS;
    else this.velocity = this.movedTo(box, timeS - this.leaveS);
    this.frames += 1;
    this.leaveS = timeS;
    this.box = box;
    this.score = Math.max(this.score, score);
    this.votes.set(label, (this.votes.get(label) ?? 0) + score);
  }

  expectedAt(timeS: number): Box {
    const afterS = timeS - this.leaveS;
    const { x, y } = this.velocity ?? { x: 0, y: 0 };
    return { ...this.box, x: this.box.x + x * afterS, y: this.box.y + y * afterS };
  }

  describe(id: number): Track {
    const { label, score, enterS, leaveS, frames } = this;
    return { id, label, score, enterS, leaveS, frames };
  }

  private movedTo(box: Box, afterS: number) {
    if (!(afterS > 0)) return this.velocity;
    const x = (box.x + box.width / 2 - this.box.x - this.box.width / 2) / afterS;
    const y = (box.y + box.height / 2 - this.box.y - this.box.height / 2) / afterS;
    if (this.velocity === undefined) return { x, y };
    const mix = (before: number, now: number) => before + newestWeight * (now - before);
    return { x: mix(this.velocity.x, x), y: mix(this.velocity.y, y) };
  }
}
