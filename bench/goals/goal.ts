/** A figure with the bound it is meant to keep; one without bounds is only shown. */
export interface Goal {
  /** What it is, with the task: `efficiency, translate`. */
  name: string;
  value: number;
  unit: string;
  atLeast?: number;
  atMost?: number;
  /** Figures it was made from. */
  facts?: Record<string, number>;
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Goal): boolean {
  return value >= atLeast && value <= atMost;
}

/** One line a goal: met or missed, value, bound. */
export function goalLines(goals: readonly Goal[]): string {
  const width = Math.max(...goals.map(({ name }) => name.length));
  return goals
    .map((goal) => {
      const { name, value, unit, atLeast, atMost } = goal;
      const bounds = [
        ...(atLeast === undefined ? [] : [`at least ${atLeast.toFixed(2)}`]),
        ...(atMost === undefined ? [] : [`at most ${atMost.toFixed(2)}`]),
      ].join(', ');
      const verdict = bounds === '' ? '      ' : isMet(goal) ? 'met   ' : 'MISSED';
      const beside = bounds === '' ? '' : ` (${bounds})`;
      return `${verdict}  ${name.padEnd(width)}  ${value.toFixed(2)} ${unit}${beside}`;
    })
    .join('\n');
}
