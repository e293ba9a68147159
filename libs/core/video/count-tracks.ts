import type { VideoCount } from '#contracts';
import type { Tracking } from './track-objects.js';

/** How many things of each label there were, and how many at once; most things first. */
export function countTracks({ tracks, ids }: Tracking): VideoCount[] {
  const labels = new Map(tracks.map(({ id, label }) => [id, label]));
  const most = new Map<string, number>();
  for (const frame of ids) {
    const here = Map.groupBy(frame, (id) => (id === undefined ? undefined : labels.get(id)));
    for (const [label, seen] of here)
      if (label !== undefined) most.set(label, Math.max(most.get(label) ?? 0, seen.length));
  }
  return [...Map.groupBy(tracks, ({ label }) => label)]
    .map(([label, { length }]) => ({ label, tracks: length, mostAtOnce: most.get(label) ?? 0 }))
    .sort((a, b) => b.tracks - a.tracks || a.label.localeCompare(b.label));
}
