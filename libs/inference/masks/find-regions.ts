import type { PixelBox } from '../images/image-view.js';
import { certain, type Field } from './score-field.js';

/** Marked pixels beside each other: row `y`, from `start` up to but without `end`. */
export interface Run {
  readonly y: number;
  readonly start: number;
  readonly end: number;
}

/** Marked pixels that touch each other, corners included. */
export interface Region {
  /** Index of the label that is likeliest over all of it; never the ground, which is 0. */
  readonly kind: number;
  /** Mean probability of that label. */
  readonly score: number;
  /** Pixels. */
  readonly area: number;
  readonly box: PixelBox;
  /** By row, then from left to right. */
  readonly runs: readonly Run[];
}

export interface RegionRules {
  /** Least probability, from 0 to 1, that a marked pixel is not ground. */
  readonly minScore: number;
  /** Pixels of the smallest region. */
  readonly minArea: number;
}

/** Sums are kept in these units: exact for the largest image, where those of a `Field` would not be. */
const sumUnit = 2 ** 11;

interface RunSums extends Run {
  /** By label; the ground's is 0. */
  readonly sums: Float64Array;
}

/** The regions in a part of the image, largest first; equal ones by their first pixel, row by row. */
export function findRegions(field: Field, rules: RegionRules): Region[] {
  return joined(markedRuns(field, (1 - rules.minScore) * certain))
    .map(regionOf)
    .filter(({ area }) => area >= rules.minArea)
    .sort((a, b) => b.area - a.area);
}

/** By row, each from left to right. @param most of the ground's value where a pixel is marked */
function markedRuns(field: Field, most: number): RunSums[] {
  const { x: left, y: top, width, height } = field.part;
  const ground = new Int32Array(width);
  const others = Array.from({ length: field.labels - 1 }, () => new Int32Array(width));
  const runs: RunSums[] = [];
  for (let y = top; y < top + height; y++) {
    field.row(0, y, ground);
    let filled = false;
    for (let at = 0; at < width; at++) {
      if ((ground[at] ?? 0) > most) continue;
      const start = at;
      while (at < width && (ground[at] ?? 0) <= most) at++;
      if (!filled) for (const [index, row] of others.entries()) field.row(index + 1, y, row);
      filled = true;
      runs.push({ y, start: left + start, end: left + at, sums: sumsOf(others, start, at) });
    }
  }
  return runs;
}

function sumsOf(rows: readonly Int32Array[], start: number, end: number): Float64Array {
  const sums = new Float64Array(rows.length + 1);
  for (const [index, row] of rows.entries()) {
    let sum = 0;
    for (let at = start; at < end; at++) sum += Math.floor((row[at] ?? 0) / sumUnit);
    sums[index + 1] = sum;
  }
  return sums;
}

/** Runs that touch a run of the row before, corners included, are one group. */
function joined(runs: readonly RunSums[]): RunSums[][] {
  const parent = Int32Array.from(runs, (_, index) => index);
  let above = 0;
  for (const [index, run] of runs.entries()) {
    while (above < index && touchesNot(runs[above], run)) above++;
    for (let other = above; other < index; other++) {
      const candidate = runs[other];
      if (candidate === undefined || candidate.y === run.y || candidate.start > run.end) break;
      if (candidate.y === run.y - 1 && candidate.end >= run.start) unite(parent, other, index);
    }
  }
  const groups = new Map<number, RunSums[]>();
  for (const [index, run] of runs.entries()) {
    const root = rootOf(parent, index);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [run]);
    else group.push(run);
  }
  return [...groups.values()];
}

/** Whether an earlier run lies so far up or left that neither this run nor any after it can touch it. */
function touchesNot(earlier: Run | undefined, run: Run): boolean {
  if (earlier === undefined) return true;
  return earlier.y < run.y - 1 || (earlier.y === run.y - 1 && earlier.end < run.start);
}

function rootOf(parent: Int32Array, index: number): number {
  let root = index;
  while (parent[root] !== root) root = parent[root] ?? root;
  for (let at = index; at !== root;) {
    const next = parent[at] ?? root;
    parent[at] = root;
    at = next;
  }
  return root;
}

/** The earlier root stays, so a group is where its first run is. */
function unite(parent: Int32Array, a: number, b: number): void {
  const [first, second] = [rootOf(parent, a), rootOf(parent, b)];
  parent[Math.max(first, second)] = Math.min(first, second);
}

function regionOf(runs: readonly RunSums[]): Region {
  const sums = new Float64Array(runs[0]?.sums.length ?? 0);
  let area = 0;
  let [left, right] = [Infinity, -Infinity];
  for (const run of runs) {
    area += run.end - run.start;
    left = Math.min(left, run.start);
    right = Math.max(right, run.end);
    run.sums.forEach((sum, label) => (sums[label] = (sums[label] ?? 0) + sum));
  }
  const kind = sums.indexOf(Math.max(...sums.subarray(1)), 1);
  const top = runs[0]?.y ?? 0;
  const height = (runs.at(-1)?.y ?? 0) + 1 - top;
  return {
    kind,
    score: (sums[kind] ?? 0) / (area * (certain / sumUnit)),
    area,
    box: { x: left, y: top, width: right - left, height },
    runs: runs.map(({ y, start, end }) => ({ y, start, end })),
  };
}
