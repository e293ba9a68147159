import { describe, expect, it } from '@jest/globals';
import type { Activity } from './activity.js';
import { patienceFor, Silence } from './silence.js';

const stepMs = 250;

/** Looks at a host every quarter of a second; `doing` gives what it does in the step. */
function silenceOf(seconds: number, doing: (step: number) => { usedMs: number; state: Activity['state'] }) {
  const silence = new Silence();
  let cpuMs = 0;
  silence.watch(0, { cpuMs, state: 'runs' });
  for (let step = 1; step <= (seconds * 1_000) / stepMs; step++) {
    const { usedMs, state } = doing(step);
    cpuMs += usedMs;
    silence.watch(step * stepMs, { cpuMs, state });
  }
  return silence;
}

describe('Silence', () => {
  const short = patienceFor(20, true);

  it('of a host that computes all the time is over after a second, or 20 predictions', () => {
    const computing = () => ({ usedMs: stepMs, state: 'runs' as const });
    expect(silenceOf(1, computing).exceeds(short)).toBeUndefined();
    expect(silenceOf(1.25, computing).exceeds(short)).toBe('own');
    expect(silenceOf(2, computing).exceeds(patienceFor(100, true))).toBeUndefined();
    expect(silenceOf(2.25, computing).exceeds(patienceFor(100, true))).toBe('own');
  });

  it('of a host that waits for what never comes is its own', () => {
    const asleep = () => ({ usedMs: 0, state: 'sleeps' as const });
    expect(silenceOf(1.25, asleep).exceeds(short)).toBe('own');
  });

  it('of a host that is ready and gets no processor never counts', () => {
    expect(silenceOf(60, () => ({ usedMs: 0, state: 'runs' })).exceeds(short)).toBeUndefined();
    const rarely = (step: number) => ({ usedMs: step % 4 === 0 ? 10 : 0, state: 'runs' as const });
    expect(silenceOf(60, rarely).exceeds(short)).toBeUndefined();
  });

  it('of a host that is stopped, or cannot be looked at, is over after five seconds, not as its own', () => {
    expect(silenceOf(5, () => ({ usedMs: 0, state: 'held' })).exceeds(short)).toBeUndefined();
    expect(silenceOf(5.25, () => ({ usedMs: 0, state: 'held' })).exceeds(short)).toBe('any');
    const elsewhere = new Silence();
    for (let at = 0; at <= 5_250; at += stepMs) elsewhere.watch(at, undefined);
    expect(elsewhere.exceeds(short)).toBe('any');
  });

  it('is not what we slept ourselves: after a pause there is time to read what the host said', () => {
    const silence = new Silence();
    silence.watch(0, { cpuMs: 0, state: 'runs' });
    silence.watch(60_000, { cpuMs: 59_000, state: 'sleeps' });
    expect(silence.exceeds(short)).toBeUndefined();
  });

  it('begins anew with every word of the host', () => {
    const silence = silenceOf(1, () => ({ usedMs: stepMs, state: 'runs' }));
    silence.end();
    silence.watch(1_250, { cpuMs: 1_250, state: 'runs' });
    silence.watch(1_500, { cpuMs: 1_500, state: 'runs' });
    expect(silence.exceeds(short)).toBeUndefined();
  });

  it('of its own is measured by what is its own of a prediction that a busy machine made long', () => {
    expect(patienceFor(400, true, 1 / 4)).toEqual({ ownMs: 2_000, ms: 8_000 });
  });

  it('over a run whose prediction is a guess may last five seconds', () => {
    expect(patienceFor(20, false)).toEqual({ ownMs: 5_000, ms: 5_000 });
  });
});
