import type { BenchResult } from './result.js';

const columns: readonly [string, (result: BenchResult) => string][] = [
  ['task', ({ task }) => task],
  ['topology', ({ topology }) => topology],
  ['at', ({ concurrency }) => String(concurrency)],
  ['items/s', ({ itemsPerSecond }) => itemsPerSecond.toFixed(1)],
  ['CPU ms/item', ({ cpuMsPerItem }) => cpuMsPerItem.toFixed(2)],
  ['of it gateway', ({ gatewayCpuMsPerItem }) => optional(gatewayCpuMsPerItem, 2)],
  ['efficiency', ({ efficiency }) => optional(efficiency, 2)],
  ['p50 ms', ({ p50Ms }) => optional(p50Ms, 1)],
  ['p95 ms', ({ p95Ms }) => optional(p95Ms, 1)],
  ['p99 ms', ({ p99Ms }) => optional(p99Ms, 1)],
  ['batch', ({ meanBatch }) => optional(meanBatch, 1)],
  ['loop p99 ms', ({ eventLoopDelayP99Ms }) => optional(eventLoopDelayP99Ms, 1)],
  ['others', ({ coresOfOthers }) => optional(coresOfOthers, 1)],
  ['padding', ({ paddingWaste }) => optional(paddingWaste, 3)],
];

/** The results as an aligned table. */
export function table(results: readonly BenchResult[]): string {
  const lines = [
    columns.map(([name]) => name),
    ...results.map((result) => columns.map(([, text]) => text(result))),
  ];
  return textTable(lines);
}

/** Cells in columns as wide as they need, aligned to the right. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const columnCount = lines[0]?.length ?? 0;
  const widths = Array.from({ length: columnCount }, (_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  );
  return lines.map((line) => line.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')).join('\n');
}

/** Adds the efficiency of every row: the task's best bare CPU per item over the row's own. */
export function withEfficiency(results: readonly BenchResult[]): BenchResult[] {
  return results.map((result) => {
    const bare = results.filter(({ task, topology }) => task === result.task && topology === 'bare');
    const best = Math.min(...bare.map(({ cpuMsPerItem }) => cpuMsPerItem));
    return Number.isFinite(best) ? { ...result, efficiency: best / result.cpuMsPerItem } : result;
  });
}

function optional(value: number | undefined, digits: number): string {
  return value === undefined ? '' : value.toFixed(digits);
}
