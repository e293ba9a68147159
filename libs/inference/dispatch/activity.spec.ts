import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { activityOf, type Activity } from './activity.js';

describe('activityOf', () => {
  let child: ChildProcess;
  afterEach(() => {
    child.kill('SIGKILL');
  });

  /** Looks until the process is seen so; fails with the test's time. */
  const seen = async (state: Activity['state'], usedMs = 0): Promise<void> => {
    for (;;) {
      const activity = activityOf(child.pid ?? 0);
      if (activity?.state === state && activity.cpuMs >= usedMs) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('tells a process that computes, and for how long it has, from one that was stopped', async () => {
    child = spawn('sh', ['-c', 'while :; do :; done']);
    await seen('runs', 100);
    child.kill('SIGSTOP');
    await seen('held', 100);
  }, 30_000);

  it('tells one that waits of its own accord, and one that is gone', async () => {
    child = spawn('sleep', ['600']);
    await seen('sleeps');
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(activityOf(child.pid ?? 0)).toBeUndefined();
  }, 30_000);
});
