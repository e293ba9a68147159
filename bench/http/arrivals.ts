/** Moments in milliseconds, rising, within `seconds`: exponential gaps from a fixed seed, `perSecond` on average. */
export function poissonArrivals(perSecond: number, seconds: number): number[] {
  const random = seeded();
  const moments: number[] = [];
  for (let at = gapMs(); at < seconds * 1_000; at += gapMs()) moments.push(at);
  return moments;

  function gapMs(): number {
    return (-1_000 * Math.log(1 - random())) / perSecond;
  }
}

/** Numbers in [0, 1), always the same (a linear congruential generator, constants of Numerical Recipes). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
