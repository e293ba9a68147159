export const dayMs = 86_400_000;

/** The month, as `2026-11`, of a moment in milliseconds. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

export function startOfMonth(month: string): Date {
  return new Date(`${month}-01T00:00:00Z`);
}

/** `2026-12` → `2027-01` */
export function monthAfter(month: string): string {
  const start = startOfMonth(month);
  return monthOf(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1));
}

/** The UTC days of a month. @throws RangeError when it is none */
export function daysOfMonth(month: string): Date[] {
  const [first, end] = [startOfMonth(month).getTime(), startOfMonth(monthAfter(month)).getTime()];
  return Array.from({ length: (end - first) / dayMs }, (_, day) => new Date(first + day * dayMs));
}
