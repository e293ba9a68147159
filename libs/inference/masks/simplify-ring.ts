import type { Ring } from './trace-rings.js';

/**
 * A ring with fewer corners, none of those left out farther than `tolerance` pixels from what stays (Douglas and Peucker
 * 1973). Fewer than three corners: the ring is thinner than the tolerance.
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  if (tolerance === 0) return ring;
  const count = ring.length / 2;
  const kept = new Uint8Array(count + 1);
  const opposite = farthest(ring, 0, 0, count).at;
  kept[0] = 1;
  kept[opposite] = 1;
  const open: [number, number][] = [
    [0, opposite],
    [opposite, count],
  ];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part;
    const { at, distance } = farthest(ring, from, to, to);
    if (distance <= tolerance) continue;
    kept[at] = 1;
    open.push([from, at], [at, to]);
  }
  return ring.filter((_, index) => kept[index >> 1] === 1);
}

/** The corner between `from` and `end` that is farthest from the line between the corners `from` and `to`. */
function farthest(ring: Ring, from: number, to: number, end: number): { at: number; distance: number } {
  const corner = (index: number) => {
    const at = (2 * index) % ring.length;
    return { x: ring[at] ?? 0, y: ring[at + 1] ?? 0 };
  };
  const start = corner(from);
  const stop = corner(to);
  const across = stop.x - start.x;
  const down = stop.y - start.y;
  const squared = across * across + down * down;
  let best = { at: from, distance: -1 };
  for (let index = from + 1; index < end; index++) {
    const { x, y } = corner(index);
    const along = squared === 0 ? 0 : ((x - start.x) * across + (y - start.y) * down) / squared;
    const part = Math.min(Math.max(along, 0), 1);
    const distance = Math.hypot(x - start.x - part * across, y - start.y - part * down);
    if (distance > best.distance) best = { at: index, distance };
  }
  return best;
}
