/** Growth a minute in percent of the first value, by least squares over all samples. */
export function slopePerMinute(samples: readonly { minute: number; megabytes: number }[]): number {
  const [first] = samples;
  if (first === undefined) return 0;
  const mean = (of: (sample: { minute: number; megabytes: number }) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [minute, megabytes] = [mean((each) => each.minute), mean((each) => each.megabytes)];
  const spread = mean((each) => (each.minute - minute) ** 2);
  const together = mean((each) => (each.minute - minute) * (each.megabytes - megabytes));
  return spread === 0 ? 0 : (100 * (together / spread)) / first.megabytes;
}
