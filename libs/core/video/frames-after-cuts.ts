/** FFmpeg 6 logs times with six digits: hundredths of a second, in an hour. */
const roundingS = 0.01;

/** For each cut the time of the first frame after it, each once. Both in the order of time. */
export function framesAfterCuts(timesS: readonly number[], cutsS: readonly number[]): number[] {
  const found = new Set<number>();
  let place = 0;
  for (const cutS of cutsS) {
    while ((timesS[place] ?? Infinity) < cutS - roundingS) place += 1;
    const timeS = timesS[place];
    if (timeS !== undefined) found.add(timeS);
  }
  return [...found];
}
