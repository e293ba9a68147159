import type { UsageBucket, UsageGroup } from '#contracts';
import { preferredMediaType } from '#kernel';

/** With its header line, as RFC 4180 names it. */
export const csvMediaType = 'text/csv; charset=utf-8; header=present';

/** True when CSV is asked for by name, and JSON not before it; JSON is what everybody else gets. */
export function prefersCsv(accept: string | undefined): boolean {
  return preferredMediaType(accept, ['text/csv', 'application/json']) === 'text/csv';
}

/** A report as RFC 4180: a header, then a line per bucket, in its order. The columns follow from `groupBy` alone. */
export function usageCsv(usage: readonly UsageBucket[], groupBy: readonly UsageGroup[]): string {
  const columns = [
    'start',
    'task',
    'unit',
    ...(groupBy.includes('key') ? ['keyId' as const] : []),
    ...(groupBy.includes('model') ? ['model' as const] : []),
    ...(groupBy.includes('status') ? ['status' as const] : []),
    'amount',
    'items',
    'computeMs',
  ] as const;
  const lines = usage.map((bucket) => columns.map((column) => cell(bucket[column])));
  return [columns, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

function cell(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
