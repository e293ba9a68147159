/** Numbers in [0, 1), the same for the same seed (mulberry32: 32 bits of state, enough for a day of arrivals). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws names as often as their shares say, whatever these add up to. */
export function drawByShare<K extends string>(shares: readonly (readonly [K, number])[]): (at: number) => K {
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  const [last] = shares.at(-1) ?? [];
  if (last === undefined) throw new RangeError('nothing to draw from');
  return (at) => {
    let left = at * total;
    return shares.find(([, share]) => (left -= share) < 0)?.[0] ?? last;
  };
}
