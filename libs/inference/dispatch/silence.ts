import type { Activity } from './activity.js';

/** How long a host may say nothing, in milliseconds. */
export interface Patience {
  /** Of its own time: computing, or asleep by its own choice. */
  ownMs: number;
  /** Of any time but that in which it was ready and the machine gave it no processor. */
  ms: number;
}

/** What has run out: the host's own time, which only the rows in flight can have taken, or time of whatever kind. */
export type Hang = 'own' | 'any';

/** What a run may take beyond its prediction. */
const factor = 20;
/** Stalls that no prediction knows of: a disk that swaps, a debugger, a server elsewhere. */
const least = { ownMs: 1_000, ms: 5_000 };
/** Looked at later than this, it was we who had no processor: what the host said meanwhile is not read yet. */
const maxGapMs = 500;

/**
 * @param isMeasured false for a prediction that is a guess
 * @param ownShare how much of the prediction is the host's own time: the rest is that of others on its core
 */
export function patienceFor(predictedMs: number, isMeasured: boolean, ownShare = 1): Patience {
  const ms = Math.max(least.ms, factor * predictedMs);
  return { ms, ownMs: isMeasured ? Math.max(least.ownMs, factor * predictedMs * ownShare) : ms };
}

/**
 * For how long a host that has work has said nothing. By the clock alone, a busy machine looks like a run without end, and
 * nothing below several seconds can be believed. What a host did itself is no such guess: one that has computed twenty
 * times as long as its run should take does not come back.
 */
export class Silence {
  #ms = 0;
  #ownMs = 0;
  #before: { at: number; activity: Activity | undefined } | undefined;

  /** The host said something, or was given its first work. */
  end(): void {
    this.#ms = 0;
    this.#ownMs = 0;
    this.#before = undefined;
  }

  /** To be told now and then while the host has work. @param activity undefined where it cannot be known */
  watch(now: number, activity: Activity | undefined): void {
    const before = this.#before;
    this.#before = { at: now, activity };
    if (before === undefined) return;
    const elapsedMs = Math.min(maxGapMs, Math.max(0, now - before.at));
    if (activity?.state === 'runs') {
      const usedMs = activity.cpuMs - (before.activity?.cpuMs ?? activity.cpuMs);
      this.#ownMs += Math.min(usedMs, elapsedMs);
      this.#ms += Math.min(usedMs, elapsedMs);
    } else {
      this.#ms += elapsedMs;
      if (activity?.state === 'sleeps') this.#ownMs += elapsedMs;
    }
  }

  exceeds({ ownMs, ms }: Patience): Hang | undefined {
    if (this.#ownMs > ownMs) return 'own';
    return this.#ms > ms ? 'any' : undefined;
  }
}
