/** From a value to a place between 0 and 1, and the values worth a mark. */
export interface Axis {
  place: (value: number) => number;
  ticks: readonly number[];
}

const logSteps = [1, 2, 5];
const mostTicks = 6;

/** From 0 to a round number at or above the largest value. */
export function linearAxis(values: readonly number[], atLeast = 0): Axis {
  const largest = Math.max(atLeast, ...values.filter(Number.isFinite)) || 1;
  const rough = largest / (mostTicks - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10);
  const count = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { ticks, place: (value) => value / (count * step) };
}

/** Over the decades that the values span, from one of 1, 2, 5 to another. */
export function logAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const [least, largest] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [1, 10];
  const decades = Array.from({ length: 24 }, (_, index) => index - 12);
  const candidates = decades.flatMap((power) => logSteps.map((step) => Number(`${step}e${power}`)));
  const from = candidates.findLast((value) => value <= least) ?? least;
  const to = candidates.find((value) => value >= largest && value > from) ?? largest;
  return {
    ticks: candidates.filter((value) => value >= from && value <= to),
    place: (value) => Math.log(value / from) / Math.log(to / from),
  };
}

/** One mark at each value, where they are not too close to read. */
export function axisAt(values: readonly number[]): Axis {
  const [first = 1, last = first] = [values[0], values.at(-1)];
  if (first === last) return { ticks: [first], place: () => 0.5 };
  const place = (value: number) => Math.log(value / first) / Math.log(last / first);
  const ticks: number[] = [];
  for (const value of values) {
    if (ticks.length === 0 || place(value) - place(ticks.at(-1) ?? first) >= closest) ticks.push(value);
  }
  return { ticks, place };
}

const closest = 0.06;
