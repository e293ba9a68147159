import { describe, expect, it } from '@jest/globals';
import { trackObjects, type SeenFrame, type SeenObject, type TrackingOptions } from './track-objects.js';

const options: TrackingOptions = { minScore: 0.4, maxGapS: 1, minFrames: 2, cutsS: [] };
const stepS = 0.2;

/** Numbers from 0 to 1 that are the same every time. */
function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const thing = (x: number, y = 0, score = 0.8, label = 'cat'): SeenObject => ({
  label,
  score,
  box: { x, y, width: 100, height: 80 },
});
const film = (...frames: SeenObject[][]): SeenFrame[] =>
  frames.map((objects, index) => ({ timeS: index * stepS, objects }));
const times = (count: number, make: (index: number) => SeenObject[]) =>
  film(...Array.from({ length: count }, (_, i) => make(i)));

describe('what is one thing across frames', () => {
  it('is one track from the first sight to the last, where a thing crosses the picture', () => {
    const { tracks, ids } = trackObjects(
      times(20, (i) => (i >= 5 && i < 15 ? [thing(i * 40)] : [])),
      options,
    );
    expect(tracks).toEqual([
      { id: 1, label: 'cat', score: 0.8, enterS: 1, leaveS: expect.closeTo(2.8), frames: 10 },
    ]);
    expect(ids.map(([id]) => id)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i >= 5 && i < 15 ? 1 : undefined)),
    );
  });

  it('goes on after a gap, and is another thing after a longer one', () => {
    const gap = (frames: number) =>
      trackObjects(
        times(30, (i) => (i < 5 || i >= 5 + frames ? [thing(i * 30)] : [])),
        options,
      ).tracks.length;
    expect(gap(3)).toBe(1);
    expect(gap(6)).toBe(2);
  });

  it('goes on with faint sights, and begins with none', () => {
    const fading = times(12, (i) => [thing(i * 10, 0, i > 3 ? 0.2 : 0.8)]);
    expect(trackObjects(fading, options).tracks).toMatchObject([{ frames: 12 }]);
    expect(
      trackObjects(
        times(12, (i) => [thing(i, 0, 0.3)]),
        options,
      ).tracks,
    ).toEqual([]);
    // Where it was lost a faint sight is not enough.
    const lost = times(12, (i) => (i === 4 ? [] : [thing(i, 0, i > 3 ? 0.2 : 0.8)]));
    expect(trackObjects(lost, options).tracks).toMatchObject([{ frames: 4 }]);
  });

  it('is nothing where it was seen once', () => {
    const flash = film([thing(0)], [thing(0), thing(400)], [thing(0)]);
    expect(trackObjects(flash, options)).toMatchObject({
      tracks: [{ frames: 3 }],
      ids: [[1], [1, undefined], [1]],
    });
    expect(trackObjects(flash, { ...options, minFrames: 1 }).tracks).toHaveLength(2);
  });

  it('has the label that most of its score is for, however a frame calls it', () => {
    const flicker = times(9, (i) => [thing(i * 10, 0, 0.6, i % 3 === 0 ? 'dog' : 'cat')]);
    expect(trackObjects(flicker, options).tracks).toMatchObject([{ label: 'cat', frames: 9 }]);
  });

  it('keeps things apart that pass each other', () => {
    const passing = times(21, (i) => [thing(i * 40, 0, 0.9, 'cat'), thing(800 - i * 40, 60, 0.8, 'dog')]);
    const { tracks, ids } = trackObjects(passing, options);
    expect(tracks.map(({ label, frames }) => [label, frames])).toEqual([
      ['cat', 21],
      ['dog', 21],
    ]);
    for (const frame of ids) expect(frame).toEqual([1, 2]);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => [seed]))('holds for random films (%d)', (seed) => {
    const random = randomOf(seed);
    const frames = times(15, () =>
      Array.from({ length: Math.floor(random() * 6) }, () =>
        thing(random() * 600, random() * 300, random(), random() < 0.5 ? 'cat' : 'dog'),
      ),
    );
    const { tracks, ids } = trackObjects(frames, options);
    expect(ids.map(({ length }) => length)).toEqual(frames.map(({ objects }) => objects.length));
    for (const frame of ids) {
      const given = frame.filter((id) => id !== undefined);
      expect(new Set(given).size).toBe(given.length);
    }
    for (const [index, { id, enterS, leaveS, frames: count, score }] of tracks.entries()) {
      expect(id).toBe(index + 1);
      const seen = frames.filter((_, i) => ids[i]?.includes(id));
      const scores = frames
        .flatMap(({ objects }, i) => objects.filter((_, o) => ids[i]?.[o] === id))
        .map((each) => each.score);
      expect({ enterS, leaveS, count }).toEqual({
        enterS: seen[0]?.timeS,
        leaveS: seen.at(-1)?.timeS,
        count: seen.length,
      });
      expect(count).toBeGreaterThanOrEqual(options.minFrames);
      expect(score).toBe(Math.max(...scores));
      expect(scores[0]).toBeGreaterThanOrEqual(options.minScore);
      for (const [i, { timeS }] of seen.entries())
        expect(timeS - (seen[i - 1]?.timeS ?? timeS)).toBeLessThanOrEqual(options.maxGapS + 1e-9);
    }
    // What is known of a part of the film stays as the rest comes in.
    const part = trackObjects(frames.slice(0, 10), options);
    for (const [i, frame] of part.ids.entries())
      for (const [o, id] of frame.entries()) if (id !== undefined) expect(ids[i]?.[o]).toBe(id);
    // The order of a frame's detections means nothing.
    const turned = trackObjects(
      frames.map((each) => ({ ...each, objects: each.objects.toReversed() })),
      options,
    );
    expect(turned.tracks.map(({ enterS, leaveS }) => [enterS, leaveS]).sort()).toEqual(
      tracks.map(({ enterS, leaveS }) => [enterS, leaveS]).sort(),
    );
  });

  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))('ends at every cut (%d)', (seed) => {
    const random = randomOf(seed);
    const frames = times(30, (i) => [thing(i * 5), thing(400 + random() * 9, 200, random())]);
    const cutsS = frames.map(({ timeS }) => timeS).filter(() => random() < 0.2);
    const { tracks } = trackObjects(frames, { ...options, cutsS });
    expect(tracks.length).toBeGreaterThan(cutsS.length);
    for (const { enterS, leaveS } of tracks)
      expect(cutsS.filter((cutS) => enterS < cutS && cutS <= leaveS)).toEqual([]);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))(
    'finds as many things as there are (%d)',
    (seed) => {
      const random = randomOf(seed);
      const count = 1 + Math.floor(random() * 5);
      const speeds = Array.from({ length: count }, () => (random() - 0.5) * 60);
      const frames = times(25, (i) =>
        speeds.flatMap((speed, lane) =>
          i > 1 && i < 23 && random() < 0.15
            ? []
            : [thing(500 + speed * i + random() * 6, lane * 120 + random() * 6, 0.5 + random() / 2)],
        ),
      );
      expect(trackObjects(frames, options).tracks).toHaveLength(count);
    },
  );
});
