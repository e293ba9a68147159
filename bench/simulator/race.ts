import { turnsOnTheWay } from './worker-line.js';

/**
 * How long starting a job keeps a worker from its place in line, from how often it is back before the one that was woken
 * for nothing: both go back over two turns, and one of them has started a job before. With turns drawn as they are here,
 * the difference of two such ways is longer than `start` in (2 + start) · e^-start / 4 of cases, `start` in turns.
 *
 * @param again how often that is at little load, where a worker in an even line then has its next job half a line after
 * its last one: of two workers the very next, of four the next but one
 */
export function startOfRace(again: number, wayMs: number): number {
  const longer = (start: number) => ((2 + start) / 4) * Math.exp(-start);
  let [low, high] = [0, mostTurns];
  for (let halving = 0; halving < 40; halving++) {
    const middle = (low + high) / 2;
    if (longer(middle) > again) low = middle;
    else high = middle;
  }
  return (low * wayMs) / turnsOnTheWay;
}

/** As if it never won: once in ten thousand. */
const mostTurns = 10;
