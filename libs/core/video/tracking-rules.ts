import type { VideoRecord } from '#contracts';
import type { TrackingOptions } from './track-objects.js';

/** Something is itself when it is seen again within a second, or within two frames where they are further apart. */
const gap = { leastS: 1, intervals: 2.5 };
/** Where frames are so close a thing that is seen in only one is the detector's mistake. */
const closeS = 0.5;

/**
 * How things are told apart in the frames that were taken. What counts is how far apart these are: a camera that gives a
 * frame every two seconds gives no more to those who ask for five a second.
 */
export function trackingRules({
  minScore,
  intervalS,
  timesS,
  cutsS,
}: Pick<VideoRecord, 'minScore' | 'intervalS' | 'timesS' | 'cutsS'>): TrackingOptions {
  const apartS = intervalS === null ? undefined : Math.max(intervalS, typicalDistance(timesS));
  return {
    ...{ minScore, cutsS },
    maxGapS: Math.max(gap.leastS, gap.intervals * (apartS ?? 0)),
    minFrames: apartS !== undefined && apartS <= closeS && timesS.length > 1 ? 2 : 1,
  };
}

/** The median, which a long still scene does not move; 0 of fewer than two. */
function typicalDistance(timesS: readonly number[]): number {
  const distances = timesS.slice(1).map((timeS, index) => timeS - (timesS[index] ?? timeS));
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
