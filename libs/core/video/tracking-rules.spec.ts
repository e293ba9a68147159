import { describe, expect, it } from '@jest/globals';
import { trackObjects } from './track-objects.js';
import { trackingRules } from './tracking-rules.js';

const standing = { label: 'person', score: 0.8, box: { x: 10, y: 10, width: 50, height: 90 } };
const asked = { minScore: 0.35, intervalS: 0.2, cutsS: [] };

/** Something that stands still in every frame. */
const track = (timesS: number[], intervalS: number | null = asked.intervalS) =>
  trackObjects(
    timesS.map((timeS) => ({ timeS, objects: [standing] })),
    trackingRules({ ...asked, intervalS, timesS }),
  ).tracks;

describe('what is seen in every frame', () => {
  it('is one track, also where the video shows far fewer frames a second than were asked for', () => {
    expect(track([0, 1.6, 3.2, 4.8])).toMatchObject([{ enterS: 0, leaveS: 4.8, frames: 4 }]);
    expect(track([0, 0.2, 0.4, 0.6])).toMatchObject([{ enterS: 0, leaveS: 0.6, frames: 4 }]);
  });

  it('is a track where there is one frame only, which nothing can be seen in twice', () => {
    expect(track([0])).toMatchObject([{ label: 'person', enterS: 0, leaveS: 0, frames: 1 }]);
  });

  it('ends with a scene where scenes are looked at, and begins again', () => {
    expect(track([0, 9], null)).toHaveLength(2);
  });

  it('ends where the camera cuts to something else, however close the frames', () => {
    const timesS = [0, 0.2, 0.4, 0.6];
    const frames = timesS.map((timeS) => ({ timeS, objects: [standing] }));
    const tracked = (cutsS: number[]) =>
      trackObjects(frames, trackingRules({ ...asked, timesS, cutsS })).tracks;
    expect(tracked([])).toMatchObject([{ frames: 4 }]);
    expect(tracked([0.4])).toMatchObject([{ leaveS: 0.2 }, { enterS: 0.4 }]);
  });
});

describe('what is seen once', () => {
  it('is none among close frames, also where a still scene makes one distance long', () => {
    const timesS = [0, 0.2, 0.4, 9, 9.2];
    const frames = timesS.map((timeS, index) => ({ timeS, objects: index === 1 ? [standing] : [] }));
    expect(trackObjects(frames, trackingRules({ ...asked, timesS })).tracks).toEqual([]);
  });
});
