/** One row's part of a run. */
export interface ComputeShare {
  /** Engine time, padding included. */
  computeMs: number;
  /** The part of `computeMs` spent on the tokens that only fill the row up to the run's length. */
  paddingMs: number;
}

/**
 * Splits a run's time over its rows. All rows of a run are padded to one length, so they cost alike; what differs is
 * how much of it was padding. Added up in order, the `computeMs` give `ms` to the last bit: the last row takes the
 * rounding, so that no compute is lost or made up by attribution.
 */
export function shareCompute(
  rows: readonly { length: number }[],
  paddedLength: number,
  ms: number,
): ComputeShare[] {
  let attributedMs = 0;
  return rows.map(({ length }, index) => {
    const computeMs = index === rows.length - 1 ? ms - attributedMs : ms / rows.length;
    attributedMs += computeMs;
    const paddingTokens = Math.max(0, paddedLength - length);
    return { computeMs, paddingMs: paddingTokens === 0 ? 0 : computeMs * (paddingTokens / paddedLength) };
  });
}
