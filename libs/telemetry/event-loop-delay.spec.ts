import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventLoopDelay } from './event-loop-delay.js';

const blockedMs = 400;

/** Keeps the event loop busy, and waits until its monitor has seen that. */
async function block(): Promise<void> {
  await sleep(100);
  const until = performance.now() + blockedMs;
  while (performance.now() < until);
  await sleep(100);
}

describe('EventLoopDelay', () => {
  let delay: EventLoopDelay;
  afterEach(() => delay.close());
  const readings = async () => {
    await block();
    const first = delay.readS();
    await sleep(200);
    return [first, delay.readS()] as const;
  };

  it('tells one reader of each delay once', async () => {
    delay = new EventLoopDelay(1);
    const [first, second] = await readings();
    expect(first).toBeGreaterThan(blockedMs / 2_000);
    expect(second).toBeLessThan(first / 2);
  });

  it('tells a second reader, too, what the first one was told just before', async () => {
    delay = new EventLoopDelay(2);
    const [first, second] = await readings();
    expect(first).toBeGreaterThan(blockedMs / 2_000);
    expect(second).toBeGreaterThanOrEqual(first);
  });
});
